/* The help over the page. The browser's own dialog keeps the focus inside and closes on Escape. */
(function (root) {
  "use strict";

  function open() {
    const dialog = document.getElementById("help");
    if (dialog && !dialog.open) dialog.showModal();
  }

  function keyed(event) {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    open();
  }

  function clicked(event) {
    if (event.target.closest("#help-open")) open();
    // a press on the ground around the dialog is one on the dialog element itself
    else if (event.target.id === "help" || event.target.closest("#help-close")) document.getElementById("help").close();
  }

  function listen() {
    document.addEventListener("keydown", keyed);
    document.addEventListener("click", clicked);
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { help: { listen } });
})(typeof window === "undefined" ? globalThis : window);
