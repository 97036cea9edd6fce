/* Pointer and keys to the selected pixel. Many moves within one frame count once. */
(function (root) {
  "use strict";

  // A mouse event this soon after a pointer event is the same movement.
  const SAME_MOVE_MS = 400;

  let place = null;
  let scheduled = false;
  let lastMove = -Infinity;

  function choose(pixel) {
    const { explorer, windows } = root.FuseVis;
    const { scene, pixel: current } = explorer.now;
    if (!scene || !scene.shape) return;
    const inside = windows.inside(pixel, scene.shape);
    if (!windows.same(inside, current)) explorer.select(inside);
  }

  function frame() {
    scheduled = false;
    const { views } = root.FuseVis;
    const plot = views.plot(place.view);
    if (!plot) return;
    const pixel = inImage(views.pixelAt(plot, place.clientX, place.clientY));
    if (pixel) choose(pixel);
  }

  /** A pixel if it lies in the image, else null. */
  function inImage(pixel) {
    const { shape } = root.FuseVis.explorer.now.scene || {};
    return shape && pixel.y >= 0 && pixel.x >= 0 && pixel.y < shape[0] && pixel.x < shape[1] ? pixel : null;
  }

  /** Whether moving leaves the pixel where it is: during a drag, and while it is pinned. A finger moves it. */
  function still(event) {
    const { drags, pin } = root.FuseVis;
    return drags.taken() || (pin.held() && event.pointerType !== "touch");
  }

  function moved(event) {
    const tile = event.target.closest && event.target.closest(".view.full");
    if (!tile) return;
    lastMove = performance.now();
    if (still(event)) return;
    place = { view: tile.dataset.view, clientX: event.clientX, clientY: event.clientY };
    if (!scheduled) requestAnimationFrame(frame);
    scheduled = true;
  }

  function pressed(event) {
    const explorer = event.target.closest && event.target.closest("#explorer");
    if (event.target.closest && event.target.closest("button, [role=menu]")) return;
    if (explorer && event.target.closest(".view.full")) explorer.focus({ preventScroll: true });
    // a finger that comes down may be a tap, which asks where the pixel was
    if (event.pointerType !== "touch") moved(event);
  }

  function keyed(event) {
    if (!event.target.closest || !event.target.closest("#explorer") || event.ctrlKey || event.metaKey || event.altKey) return;
    const { pixel } = root.FuseVis.explorer.now;
    const next = pixel && root.FuseVis.pixelInput.step(pixel, event.key, event.shiftKey);
    if (!next) return;
    event.preventDefault();
    choose(next);
    root.FuseVis.viewport.reveal(root.FuseVis.explorer.now.pixel);
  }

  /** Plotly's hover event says the same, later and at most 20 times a second; it counts when the pointer did not. */
  function hovered(point) {
    if (!point || root.FuseVis.pin.held()) return null;
    return performance.now() - lastMove > SAME_MOVE_MS ? { y: Math.round(point.y), x: Math.round(point.x) } : null;
  }

  /** Spares Plotly the moves that were taken here: its hover event would cost more than all the painting. */
  function keepFromPlotly(event) {
    const tile = event.buttons === 0 && event.target.closest && event.target.closest(".view.full");
    if (tile && performance.now() - lastMove < SAME_MOVE_MS) event.stopPropagation();
  }

  function listen() {
    document.addEventListener("pointermove", moved, { passive: true });
    document.addEventListener("mousemove", keepFromPlotly, true);
    document.addEventListener("pointerdown", pressed, true);
    document.addEventListener("keydown", keyed);
  }

  const api = { inImage, hovered, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pointer: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
