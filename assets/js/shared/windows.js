/* Pixels, windows and frames: which part of an image belongs to a principal pixel. Pure.
 *
 * A pixel is {y, x}. A size is [height, width], null for a method whose window is the whole image.
 * A frame is {y0, x0, h, w} and may leave the image; a box is a frame cut at the image's border. */
(function (root) {
  "use strict";

  // A zoom of a 1×1 window would show one colour; it shows at least this much around the pixel.
  const SMALLEST_ZOOM = 9;
  const ZOOM_OF_WHOLE_IMAGE = 33;

  function clamp(value, low, high) {
    return Math.min(high, Math.max(low, value));
  }

  /** The nearest pixel inside an image. */
  function inside(pixel, shape) {
    return { y: clamp(Math.round(pixel.y), 0, shape[0] - 1), x: clamp(Math.round(pixel.x), 0, shape[1] - 1) };
  }

  function centred(pixel, height, width) {
    return { y0: pixel.y - (height >> 1), x0: pixel.x - (width >> 1), h: height, w: width };
  }

  /** The window of a pixel, cut at the border of the image. */
  function box(pixel, size, shape) {
    const frame = size ? centred(pixel, size[0], size[1]) : { y0: 0, x0: 0, h: shape[0], w: shape[1] };
    const y0 = Math.max(0, frame.y0);
    const x0 = Math.max(0, frame.x0);
    return { y0, x0, h: Math.min(shape[0], frame.y0 + frame.h) - y0, w: Math.min(shape[1], frame.x0 + frame.w) - x0 };
  }

  /** What a zoom shows: the whole window, the pixel in its middle, also where it leaves the image. */
  function zoomFrame(pixel, size) {
    if (!size) return centred(pixel, ZOOM_OF_WHOLE_IMAGE, ZOOM_OF_WHOLE_IMAGE);
    return centred(pixel, Math.max(size[0], SMALLEST_ZOOM), Math.max(size[1], SMALLEST_ZOOM));
  }

  /** Where a frame lies in a tile of width × height screen pixels: square pixels, centred. */
  function fit(frame, width, height) {
    const scale = Math.min(width / frame.w, height / frame.h);
    return { left: (width - frame.w * scale) / 2, top: (height - frame.h * scale) / 2, scale };
  }

  function same(a, b) {
    return Boolean(a && b && a.y === b.y && a.x === b.x);
  }

  function name(pixel) {
    return `${pixel.y},${pixel.x}`;
  }

  const api = { inside, box, zoomFrame, fit, same, name };
  root.FuseVis = Object.assign(root.FuseVis || {}, { windows: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
