/* What pictures on canvases are made of: grey, canvases of pixels, boxes on the screen. */
(function (root) {
  "use strict";

  const GREY = { colorscale: [[0, "rgb(0,0,0)"], [1, "rgb(255,255,255)"]], zmin: 0, zmax: 1 };

  /** Pixels on a canvas of their own size. */
  function native(rgba, [rows, columns]) {
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    canvas.getContext("2d").putImageData(new ImageData(rgba, columns, rows), 0, 0);
    return canvas;
  }

  /** A canvas of pixels on a layer: smoothed where there are more of them than screen pixels, with edges otherwise. */
  function enlarged({ context, ratio }, canvas, left, top, scale) {
    context.imageSmoothingEnabled = scale * ratio < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, left, top, canvas.width * scale, canvas.height * scale);
  }

  /** Screen rectangle of a box of pixels. */
  function rectangle(place, box, origin = { y0: 0, x0: 0 }) {
    const { left, top, scale } = place;
    return [left + (box.x0 - origin.x0) * scale, top + (box.y0 - origin.y0) * scale, box.w * scale, box.h * scale];
  }

  /** The box of one pixel. Pure. */
  function one({ y, x }) {
    return { y0: y, x0: x, h: 1, w: 1 };
  }

  const api = { GREY, native, enlarged, rectangle, one };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pictures: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
