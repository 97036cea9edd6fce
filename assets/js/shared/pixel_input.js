/* A pixel from a key, a typed number or a click. Pure. */
(function (root) {
  "use strict";

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const LONG_STEP = 10;

  /** The pixel that a key leads to, null for other keys. Pure. */
  function step(pixel, key, shift) {
    const direction = STEPS[key];
    if (!direction) return null;
    const length = shift ? LONG_STEP : 1;
    return { y: pixel.y + length * direction[0], x: pixel.x + length * direction[1] };
  }

  /** A typed coordinate as a whole number inside 0 … size − 1, null where it is none. Pure. */
  function coordinate(text, size) {
    const value = Number(text);
    if (String(text).trim() === "" || !Number.isFinite(value)) return null;
    return Math.min(size - 1, Math.max(0, Math.round(value)));
  }

  /** What a click does: the pin afterwards, and whether the pixel under it is selected. Pure. */
  function click(pinned, finger, same) {
    if (!pinned) return { pinned: true, selects: true };
    if (finger && !same) return { pinned: true, selects: true };
    return { pinned: false, selects: !finger };
  }

  const api = { step, coordinate, click };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pixelInput: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
