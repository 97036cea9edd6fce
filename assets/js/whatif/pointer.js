/* Pointer and keys on the What if page: moving probes, a click changes that pixel, a drag a rectangle of pixels. And
 * the way there from the Explore page. */
(function (root) {
  "use strict";

  // A press that moved further than this was a drag, in screen pixels.
  const STILL = 4;

  let press = null;
  let place = null;
  let scheduled = false;

  function modules() {
    return root.FuseVis;
  }

  function tileOf(event) {
    const tile = event.target.closest && event.target.closest("#whatif .whatif-tile");
    return tile && !tile.dataset.tile.startsWith("influence") ? tile : null;
  }

  function under(tile, { clientX, clientY }) {
    const { whatif, whatifTiles } = modules();
    const { scene } = whatif.now;
    return tile && scene && !scene.failed ? whatifTiles.pixelAt(tile, whatif.look(), clientX, clientY) : null;
  }

  function frame() {
    scheduled = false;
    if (!document.getElementById("whatif")) return;
    const pixel = under(place.tile, place);
    modules().whatif.probe(pixel);
  }

  function moved(event) {
    if (!document.getElementById("whatif") || event.pointerType === "touch") return;
    place = { tile: tileOf(event), clientX: event.clientX, clientY: event.clientY };
    if (!scheduled) requestAnimationFrame(frame);
    scheduled = true;
  }

  function pressed(event) {
    const tile = tileOf(event);
    press = null;
    if (!tile || !event.isPrimary || event.button !== 0) return;
    press = { tile, x: event.clientX, y: event.clientY, pixel: under(tile, event) };
    document.getElementById("whatif").focus({ preventScroll: true });
  }

  function released(event) {
    const from = press;
    press = null;
    if (!from || !from.pixel) return;
    const { brush, whatif } = modules();
    const to = under(from.tile, event);
    const drag = Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL;
    if (!drag) whatif.pixel(from.pixel);
    else if (to) whatif.choose({ y: (from.pixel.y + to.y) >> 1, x: (from.pixel.x + to.x) >> 1, brush: brush.text.rect(from.pixel, to) });
  }

  function keyed(event) {
    if (!event.target.closest || !event.target.closest("#whatif") || event.ctrlKey || event.metaKey || event.altKey) return;
    const { pixelInput, whatif } = modules();
    const next = pixelInput.step(whatif.now.state, event.key, event.shiftKey);
    if (!next) return;
    event.preventDefault();
    whatif.pixel(next);
  }

  function listen() {
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("pointerdown", pressed);
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", () => (press = null));
    document.addEventListener("keydown", keyed);
  }

  const api = { listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatifPointer: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
