/* A pinned pixel stays when the pointer moves on: a click pins it and the next click releases it. A finger has
 * no hover: a tap selects and pins, a tap on the pinned pixel releases, and a drag moves. */
(function (root) {
  "use strict";

  // A press that moved further than this was a drag, in screen pixels.
  const STILL = 4;

  let press = null;

  function element() {
    return document.getElementById("explorer");
  }

  /** Whether a pixel is pinned. */
  function held() {
    const explorer = element();
    return Boolean(explorer && "pinned" in explorer.dataset);
  }

  /** Pin or release, and show which. */
  function show(pinned) {
    const explorer = element();
    if (!explorer) return;
    explorer.toggleAttribute("data-pinned", pinned);
    const button = document.getElementById("pin-toggle");
    if (button) {
      button.setAttribute("aria-pressed", String(pinned));
      button.querySelector(".pin-label").textContent = pinned ? "pinned" : "pin";
    }
  }

  /** Pin or release as a selection of its own in the browser's history. */
  function set(pinned) {
    const { address, explorer } = root.FuseVis;
    const again = pinned === held();
    show(pinned);
    const { pixel } = explorer.now;
    if (pixel && !(again && !pinned)) address.note({ ...pixel, pin: pinned ? 1 : "" }, pinned ? "selection" : "passing");
  }

  /** Select a pixel and pin it. */
  function select(pixel) {
    root.FuseVis.explorer.select(pixel);
    set(true);
  }

  function toggle() {
    set(!held());
  }

  function pressed(event) {
    const tile = event.target.closest && event.target.closest(".view.full");
    const plain = event.isPrimary && event.button === 0 && !event.target.closest("button, [role=menu]");
    const { pixel } = root.FuseVis.explorer.now;
    press = tile && plain ? { view: tile.dataset.view, x: event.clientX, y: event.clientY, pixel } : null;
  }

  function moved(event) {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) press = null;
  }

  function released(event) {
    const { drags, explorer, pixelInput, pointer, views, windows } = root.FuseVis;
    const from = press;
    press = null;
    if (!from || !event.isPrimary || drags.taken()) return;
    const plot = views.plot(from.view);
    const pixel = plot && pointer.inImage(views.pixelAt(plot, event.clientX, event.clientY));
    if (!pixel) return;
    const next = pixelInput.click(held(), event.pointerType === "touch", windows.same(pixel, from.pixel));
    if (next.selects && !windows.same(pixel, explorer.now.pixel)) explorer.select(pixel);
    set(next.pinned);
  }

  function keyed(event) {
    if (event.key !== "Escape" || !held() || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    set(false);
  }

  function listen() {
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", () => (press = null));
    document.addEventListener("keydown", keyed);
    document.addEventListener("click", (event) => event.target.closest && event.target.closest("#pin-toggle") && toggle());
  }

  const api = { held, show, set, select, toggle, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pin: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
