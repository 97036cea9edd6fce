/* The small menu of a view: one menu for all of them, opened by the button in a view's corner. */
(function (root) {
  "use strict";

  let opener = null;

  function menu() {
    return document.getElementById("view-menu");
  }

  function items() {
    return [...menu().querySelectorAll("[role=menuitem]:not([hidden])")];
  }

  /** The item that a key leads to, of `count`; null for other keys. Pure. */
  function step(key, at, count) {
    if (key === "ArrowDown") return (at + 1) % count;
    if (key === "ArrowUp") return (at + count - 1) % count;
    if (key === "Home") return 0;
    return key === "End" ? count - 1 : null;
  }

  function open(button) {
    opener = button;
    const { exports } = root.FuseVis;
    const formats = exports.formats(button.dataset.menu);
    for (const item of menu().querySelectorAll("[role=menuitem]")) {
      item.hidden = item.dataset.action !== "fullscreen" && !formats.includes(item.dataset.action);
    }
    menu().hidden = false;
    button.setAttribute("aria-expanded", "true");
    const box = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu();
    menu().style.left = `${Math.max(4, Math.min(innerWidth - width - 4, box.right - width))}px`;
    menu().style.top = `${box.bottom + height + 4 < innerHeight ? box.bottom + 2 : box.top - height - 2}px`;
    items()[0].focus();
  }

  function close(focus) {
    if (!opener) return;
    menu().hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
    opener = null;
  }

  function clicked(event) {
    const button = event.target.closest("[data-menu]");
    const item = event.target.closest("#view-menu [role=menuitem]");
    if (item) choose(item.dataset.action);
    else if (button && button !== opener) {
      close(false);
      open(button);
    } else close(Boolean(button));
  }

  function choose(action) {
    const view = opener.dataset.menu;
    close(true);
    if (action === "fullscreen") root.FuseVis.fullscreen.toggle(view);
    else root.FuseVis.exports.save(view, action);
  }

  function keyed(event) {
    if (!opener) return;
    const at = items().indexOf(document.activeElement);
    const next = step(event.key, at, items().length);
    if (event.key === "Tab") close(true);
    if (event.key === "Escape") close(true);
    else if (next !== null) items()[next].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function listen() {
    document.addEventListener("click", clicked);
    document.addEventListener("keydown", keyed, true);
  }

  const api = { step, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { menu: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
