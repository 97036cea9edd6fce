/* Two fingers on a full image enlarge and move the viewport, as two fingers do anywhere; until both are gone,
 * they select nothing. */
(function (root) {
  "use strict";

  const fingers = new Map();
  let pinching = false;

  /** The viewport after two fingers went from one place to another. Pure.
   *
   * A place is {x, y, spread}: the point between the fingers as a share of the image's size on the screen, and
   * the distance between them. What lay between the fingers stays between them. */
  function pinched(view, shape, from, to) {
    const { moved, zoomed } = root.FuseVis.viewport;
    const point = { y: view.y0 + from.y * view.h, x: view.x0 + from.x * view.w };
    const next = zoomed(view, shape, point, to.spread / Math.max(1, from.spread));
    return moved(next, shape, (from.y - to.y) * next.h, (from.x - to.x) * next.w);
  }

  /** Whether fingers of a pinch are still down. */
  function active() {
    return pinching;
  }

  function placeOf(plot) {
    const { xaxis, yaxis } = plot._fullLayout;
    const corner = plot.getBoundingClientRect();
    const [one, other] = [...fingers.values()];
    return {
      x: ((one.x + other.x) / 2 - corner.left - xaxis._offset) / xaxis._length,
      y: ((one.y + other.y) / 2 - corner.top - yaxis._offset) / yaxis._length,
      spread: Math.hypot(one.x - other.x, one.y - other.y),
    };
  }

  function pressed(event) {
    const tile = event.pointerType === "touch" && event.target.closest && event.target.closest(".view.full");
    if (!tile) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, view: tile.dataset.view });
    if (fingers.size === 2) pinching = true;
  }

  function moved(event) {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const { viewport, views } = root.FuseVis;
    const plot = fingers.size === 2 && views.plot(finger.view);
    const from = plot && placeOf(plot);
    Object.assign(finger, { x: event.clientX, y: event.clientY });
    const view = from && viewport.get();
    if (view) viewport.set(pinched(view, viewport.size(), from, placeOf(plot)));
  }

  function released(event) {
    fingers.delete(event.pointerId);
    // the pin listens to the same event and must still see that the fingers were taken
    if (!fingers.size) setTimeout(() => (pinching = fingers.size > 1));
  }

  function listen() {
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", released);
  }

  const api = { pinched, active, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pinch: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
