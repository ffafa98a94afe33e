// <form data-autosave="/alamat/"> keeps itself: a moment after the last keystroke it
// posts its fields (without files) and says when. The texts come from the partial
// autosave.html. Without JavaScript the form's own "save" button does the same.
(function () {
  "use strict";

  var PAUSE = 1200;
  var LONGEST = 60000;

  function clock() {
    var now = new Date();
    return ("0" + now.getHours()).slice(-2) + "." + ("0" + now.getMinutes()).slice(-2);
  }

  function keep(form) {
    var sign = document.querySelector("[data-autosave-status]");
    var timer;
    var wait = PAUSE;
    var running = false;
    var again = false;

    function say(name, time) {
      if (sign) sign.textContent = sign.dataset[name] + (time ? " " + time : "");
    }

    function later(pause) {
      clearTimeout(timer);
      timer = setTimeout(save, pause);
    }

    function save() {
      if (form.dataset.sent) return;
      if (running) {
        again = true;
        return;
      }
      running = true;
      again = false;
      var data = new FormData();
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string") data.append(name, value);
      });
      say("saving");
      fetch(form.dataset.autosave, {
        method: "POST",
        body: data,
        credentials: "same-origin",
        headers: {
          "X-CSRFToken": data.get("csrfmiddlewaretoken") || "",
          "X-Requested-With": "autosave"
        }
      }).then(function (answer) {
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        wait = PAUSE;
        say("saved", clock());
      }).catch(function () {
        say("failed");
        wait = Math.min(wait * 2, LONGEST);
        later(wait);
      }).then(function () {
        running = false;
        if (again) later(PAUSE);
      });
    }

    form.addEventListener("input", function () { later(PAUSE); });
    form.addEventListener("change", function () { later(PAUSE); });
    window.addEventListener("online", function () { if (wait > PAUSE) later(0); });
    // The last keystrokes before the phone rings are kept too.
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden" && timer) {
        clearTimeout(timer);
        timer = undefined;
        save();
      }
    });
  }

  if (window.fetch) document.querySelectorAll("form[data-autosave]").forEach(keep);
})();
