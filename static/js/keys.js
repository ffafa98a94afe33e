// <a data-key="j"> or <button data-key="s">: the key presses it, <input data-key="/">
// gets the caret, <a data-row> is a row for j, k and x. Keys are ignored while typing,
// and can be switched off for good (WCAG 2.1.4) by the button [data-keys-toggle] of the
// bar of hints.
(function () {
  "use strict";

  var STORE = "keys-off";
  var toggle = document.querySelector("[data-keys-toggle]");
  var list = document.querySelector("[data-keys-list]");
  var off = read();

  function read() {
    try { return localStorage.getItem(STORE) === "1"; } catch (error) { return false; }
  }

  function write() {
    try { localStorage.setItem(STORE, off ? "1" : "0"); } catch (error) { /* private window */ }
  }

  function show() {
    if (list) list.hidden = off;
    if (!toggle) return;
    toggle.textContent = off ? toggle.dataset.on : toggle.dataset.off;
    toggle.setAttribute("aria-pressed", off ? "false" : "true");
  }

  if (toggle) {
    toggle.closest(".keys").hidden = false;
    toggle.addEventListener("click", function () {
      off = !off;
      write();
      show();
    });
  }
  show();

  function typing(target) {
    return target.isContentEditable || /^(textarea|select)$/i.test(target.tagName) ||
      (/^input$/i.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type));
  }

  // j and k go down and up the rows of a list (<a data-row>), x ticks the box of the row.
  function move(key) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]"));
    if (!rows.length) return false;
    var line = document.activeElement.closest("tr");
    var at = rows.indexOf(line && line.querySelector("[data-row]"));
    if (key === "x") {
      var box = (at < 0 ? rows[0] : rows[at]).closest("tr").querySelector("input[type=checkbox]");
      if (!box) return false;
      box.focus();
      box.click();
      return true;
    }
    rows[at < 0 ? 0 : Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), rows.length - 1)].focus();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (off || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (/^[jkx]$/.test(event.key) && move(event.key)) {
      event.preventDefault();
      return;
    }
    var wanted = Array.prototype.find.call(document.querySelectorAll("[data-key]"), function (node) {
      return node.dataset.key === event.key && node.offsetParent !== null;
    });
    if (!wanted) return;
    event.preventDefault();
    // The caret goes along, so that the next Tab leads on from what was pressed.
    wanted.focus();
    if (!/^(input|textarea|select)$/i.test(wanted.tagName) || /^(checkbox|radio)$/.test(wanted.type)) {
      wanted.click();
    }
  });
})();
