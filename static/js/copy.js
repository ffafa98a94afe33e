// <button type="button" data-copy="8808123" data-copied="Tersalin" hidden>Salin</button>
// copies a text, says so on the button and to a screen reader.
(function () {
  "use strict";

  var voice = document.createElement("div");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  document.body.appendChild(voice);

  // The browsers inside messengers often lack the clipboard of newer ones.
  function copyOldWay(text) {
    var area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "visually-hidden";
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).catch(function () { return copyOldWay(text); });
    }
    return copyOldWay(text);
  }

  function wake(root) {
    root.querySelectorAll("[data-copy][hidden]").forEach(ready);
  }

  function ready(button) {
    var label = button.querySelector("[data-copy-label]") || button;
    var usual = label.textContent;
    var timer;
    button.hidden = false;
    button.addEventListener("click", function () {
      copy(button.dataset.copy).then(function () {
        label.textContent = button.dataset.copied;
        voice.textContent = button.dataset.copied;
        button.focus();
        clearTimeout(timer);
        timer = setTimeout(function () {
          label.textContent = usual;
          voice.textContent = "";
        }, 3000);
      }, function () {
        voice.textContent = "";
      });
    });
  }

  wake(document);
  document.addEventListener("htmx:load", function (event) { wake(event.target); });
})();
