/* Pointer and keys on the Compare page: any image of any row, and both sources, select the pixel of all. */
(function (root) {
  "use strict";

  // A press that moved further than this was a drag, in screen pixels.
  const STILL = 4;

  let place = null;
  let scheduled = false;
  let press = null;

  function modules() {
    return root.FuseVis;
  }

  function element() {
    return document.getElementById("comparer");
  }

  /** Whether a tile shows whole images: scatters and enlarged windows are no places to point at. Pure. */
  function whole(kind, extent) {
    return kind !== "scatter" && (kind !== "jacobian" || extent === "image");
  }

  /** The pixel under an event as {pixel, case}, null where there is none. */
  function under(target, clientX, clientY) {
    const { compare, comparePair, compareRows, compareTiles } = modules();
    const tile = compareRows.of(target) || comparePair.tile(target);
    const shape = tile && compare.shape(tile.case);
    if (!shape || !whole(tile.kind, compare.now.controls.jacobians)) return null;
    return compareTiles.pixelAt(tile.element, shape, clientX, clientY);
  }

  function held() {
    return Boolean(element() && "pinned" in element().dataset);
  }

  function pin(pinned) {
    if (!element()) return;
    element().toggleAttribute("data-pinned", pinned);
    const button = document.getElementById("compare-pin");
    button.setAttribute("aria-pressed", String(pinned));
    button.querySelector(".pin-label").textContent = pinned ? "pinned" : "pin";
    modules().compareAddress.note({ pin: pinned ? 1 : "" });
  }

  function frame() {
    scheduled = false;
    const { compare } = modules();
    const pixel = under(place.target, place.clientX, place.clientY);
    if (pixel) compare.select(pixel);
  }

  function moved(event) {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) press = null;
    if (!element() || !event.target.closest || !event.target.closest(".tile")) return;
    if (modules().comparePair.dragging() || (held() && event.pointerType !== "touch")) return;
    place = { target: event.target, clientX: event.clientX, clientY: event.clientY };
    if (!scheduled) requestAnimationFrame(frame);
    scheduled = true;
  }

  function pressed(event) {
    press = null;
    if (!element() || !event.isPrimary || event.button !== 0 || !event.target.closest) return;
    const tile = event.target.closest(".tile");
    if (!tile || event.target.closest("button, input")) return;
    press = { x: event.clientX, y: event.clientY, pixel: modules().compare.now.pixel };
    element().focus({ preventScroll: true });
  }

  function released(event) {
    const from = press;
    press = null;
    if (!from || !element() || modules().comparePair.dragging()) return;
    const { compare, pixelInput, windows } = modules();
    const pixel = under(event.target, event.clientX, event.clientY);
    if (!pixel) return;
    const next = pixelInput.click(held(), event.pointerType === "touch", windows.same(pixel, from.pixel));
    if (next.selects) compare.select(pixel);
    pin(next.pinned);
  }

  function keyed(event) {
    if (!element() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && held()) {
      pin(false);
      return;
    }
    const { compare, pixelInput } = modules();
    const typing = event.target.closest && event.target.closest("input, select, textarea, [role=slider]");
    const inside = event.target.closest && event.target.closest("#comparer, .pair-picture");
    const next = inside && !typing && compare.now.pixel && pixelInput.step(compare.now.pixel, event.key, event.shiftKey);
    if (!next) return;
    event.preventDefault();
    compare.select(next);
  }

  function listen() {
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", () => (press = null));
    document.addEventListener("keydown", keyed);
  }

  const api = { whole, held, pin, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { comparePointer: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
