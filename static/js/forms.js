// Help while filling in a form. Without it every form still works: the server
// reads a NIK with or without spaces, a date with or without dashes, an amount
// with or without dots, and answers a repeated submit with the same result.
(function () {
  "use strict";

  function groups(digits, sizes, separator) {
    var parts = [];
    var at = 0;
    sizes.forEach(function (size) {
      if (at < digits.length) parts.push(digits.slice(at, at + size));
      at += size;
    });
    return parts.join(separator);
  }

  var shapes = {
    nik: function (digits) { return groups(digits.slice(0, 16), [4, 4, 4, 4], " "); },
    date: function (digits) { return groups(digits.slice(0, 8), [2, 2, 4], "-"); },
    money: function (digits) {
      return digits.replace(/^0+(?=\d)/, "").slice(0, 12).replace(/\B(?=(\d{3})+$)/g, ".");
    }
  };

  // Writes the value in its shape and leaves the caret behind the same digit.
  function reshape(input, shape) {
    var value = input.value;
    // Letters are left alone, so that the server can say what is wrong with them.
    if (/[^\d\s.\-\/]/.test(value)) return;
    var caret = input.selectionStart;
    var before = value.slice(0, caret).replace(/\D/g, "").length;
    var shaped = shape(value.replace(/\D/g, ""));
    if (shaped === value) return;
    input.value = shaped;
    if (document.activeElement !== input) return;
    var position = 0;
    while (before > 0 && position < shaped.length) {
      if (/\d/.test(shaped[position])) before -= 1;
      position += 1;
    }
    input.setSelectionRange(position, position);
  }

  document.addEventListener("input", function (event) {
    var input = event.target;
    if (!input.dataset || event.isComposing) return;
    Object.keys(shapes).forEach(function (name) {
      if (name in input.dataset) reshape(input, shapes[name]);
    });
  });

  // A second press on a submit button while the first is under way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.target || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    var button = event.submitter || form.querySelector("button[type=submit]");
    if (button && button.classList.contains("btn")) {
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
    // A network that gives up must leave the form usable.
    setTimeout(function () { release(form); }, 20000);
  });

  function release(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach(function (button) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    });
  }

  // Coming back by the browser's button shows the page as it was left.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });

  document.querySelectorAll("[data-nik], [data-date], [data-money]").forEach(function (input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  var summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  // A button that prints the page is of no use without JavaScript, so it waits for it.
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // Filters apply themselves; without JavaScript their button does.
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && "autosubmit" in form.dataset && form.requestSubmit) form.requestSubmit();
  });
})();
