/* Drags on the full images that do not select: the middle button, or the left one while the space bar is held,
 * moves the viewport; the right button on a source image changes its window and level. */
(function (root) {
  "use strict";

  const AGAIN_MS = 400;

  let space = false;
  let drag = null;
  let lastPress = { at: -Infinity, view: null };

  /** What a press begins: "pan", "levels" or nothing. Pure. */
  function kind(button, spaceHeld, view) {
    if (button === 1 || (button === 0 && spaceHeld)) return "pan";
    return button === 2 && /^source-\d$/.test(view) ? "levels" : null;
  }

  /** Whether the pointer is taken by a drag, so that it selects nothing. */
  function taken() {
    return drag !== null || root.FuseVis.pinch.active();
  }

  function tileOf(event) {
    return event.target.closest && !event.target.closest("button") ? event.target.closest(".view.full") : null;
  }

  function pressed(event) {
    const tile = tileOf(event);
    const what = tile && kind(event.button, space, tile.dataset.view);
    if (!what) return;
    event.preventDefault();
    drag = { what, view: tile.dataset.view, x: event.clientX, y: event.clientY, id: event.pointerId };
    tile.setPointerCapture(event.pointerId);
    if (what !== "levels") return;
    const { windowLevel } = root.FuseVis;
    const again = lastPress.view === drag.view && event.timeStamp - lastPress.at < AGAIN_MS;
    if (again) windowLevel.reset(drag.view);
    lastPress = { at: again ? -Infinity : event.timeStamp, view: drag.view };
  }

  function moved(event) {
    if (!drag || event.pointerId !== drag.id) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!dx && !dy) return;
    const { viewport, views, windowLevel } = root.FuseVis;
    const plot = views.plot(drag.view);
    if (drag.what === "levels") windowLevel.drag(drag.view, dx, dy);
    else if (plot) {
      const from = viewport.pointAt(plot, drag.x, drag.y), to = viewport.pointAt(plot, event.clientX, event.clientY);
      viewport.pan(from.y - to.y, from.x - to.x);
    }
    Object.assign(drag, { x: event.clientX, y: event.clientY });
  }

  function released(event) {
    // the pin listens to the same event and must still see that the pointer was taken
    if (drag && event.pointerId === drag.id) setTimeout(() => (drag = null));
  }

  /** Plotly would lay a cover over the page, the browser its menu or its scrolling. */
  function keepMouse(event) {
    const tile = tileOf(event);
    if (tile && (event.type === "contextmenu" ? kind(2, false, tile.dataset.view) : kind(event.button, space, tile.dataset.view))) {
      event.preventDefault();
      if (event.type === "mousedown") event.stopPropagation();
    }
  }

  function keyed(event) {
    if (event.key !== " ") return;
    const explorer = document.getElementById("explorer");
    const onImages = explorer && (event.target === explorer || (event.target === document.body && explorer.querySelector(".view.full:hover")));
    space = event.type === "keydown" && Boolean(onImages);
    if (explorer) explorer.toggleAttribute("data-panning", space);
    if (space) event.preventDefault();
  }

  function listen() {
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", released);
    document.addEventListener("mousedown", keepMouse, true);
    document.addEventListener("contextmenu", keepMouse);
    document.addEventListener("keydown", keyed);
    document.addEventListener("keyup", keyed);
    root.addEventListener("blur", () => (space = false));
  }

  const api = { kind, taken, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { drags: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
