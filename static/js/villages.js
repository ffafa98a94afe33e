// The village picker: Enter in its text searches instead of sending the form, and a
// search that the network loses says so. Without this its button does the same.
(function () {
  "use strict";

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches("[data-village-text]")) return;
    event.preventDefault();
    event.target.closest("[data-village]").querySelector("[data-village-search]").click();
  });

  function failed(event) {
    var picker = event.target.closest && event.target.closest("[data-village]");
    var news = picker && picker.querySelector("[data-failed]");
    if (news) news.textContent = news.dataset.failed;
  }

  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:timeout", failed);
})();
