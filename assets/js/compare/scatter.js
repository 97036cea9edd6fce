/* The scatter of a row on one canvas: all pixels by their two guidance values as a density, the window's in green. */
(function (root) {
  "use strict";

  const MARGIN = { left: 38, right: 5, top: 5, bottom: 15 };
  const BIN = 2; // screen pixels
  const DOT = 2;
  const MOST_DOTS = 4096; // a window of the whole image is the density itself
  const PAD = 0.04;
  const extents = new WeakMap();

  function extent(image) {
    if (!extents.has(image)) {
      let low = Infinity, high = -Infinity;
      for (const value of image.data) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      extents.set(image, [low, high]);
    }
    return extents.get(image);
  }

  /** Both axes, [[x0, x1], [y0, y1]], that show the guidance pairs of several rows. Pure. */
  function axes(pairs) {
    return [0, 1].map((k) => {
      const ends = pairs.map((pair) => extent(pair[k]));
      const low = Math.min(...ends.map((each) => each[0])), high = Math.max(...ends.map((each) => each[1]));
      const pad = PAD * (high - low) || 0.5;
      return [low - pad, high + pad];
    });
  }

  /** Where the plane lies on a canvas of width × height, and where a value lies on it. Pure. */
  function plane([[x0, x1], [y0, y1]], width, height) {
    const { left, right, top, bottom } = MARGIN;
    const w = width - left - right, h = height - top - bottom;
    return {
      left, top, width: w, height: h,
      x: (value) => left + ((value - x0) / (x1 - x0)) * w,
      y: (value) => top + h - ((value - y0) / (y1 - y0)) * h,
    };
  }

  /** The density as RGBA with the largest y on top, and its shape. Pure but for the modules. */
  function density([first, second], [xs, ys], colours, bins) {
    const { bins: counted, colours: painter } = root.FuseVis;
    const { data } = counted.histogram(first.data, second.data, xs, ys, bins);
    const most = Math.max(2, data.reduce((a, b) => Math.max(a, b), 0));
    const [rows, columns] = bins;
    const flipped = new Float32Array(data.length);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++) flipped[(rows - 1 - row) * columns + i] = data[row * columns + i] || NaN;
    }
    const trace = { colorscale: counted.stops(colours, most), zmin: 1, zmax: most };
    return painter.paint(flipped, trace, new Uint8ClampedArray(4 * flipped.length));
  }

  /** What stands still: axes, zero lines, density. `layer` is {context, width, height} in screen pixels. */
  function ground(layer, pair, ranges, colours, style) {
    const { context, width, height } = layer;
    const place = plane(ranges, width, height);
    context.fillStyle = style("--panel");
    context.fillRect(0, 0, width, height);
    context.strokeStyle = style("--line");
    context.strokeRect(place.left - 0.5, place.top - 0.5, place.width + 1, place.height + 1);
    zeros(context, place, ranges);
    const bins = [Math.max(1, Math.round(place.height / BIN)), Math.max(1, Math.round(place.width / BIN))];
    const rgba = density(pair, ranges, colours, bins);
    root.FuseVis.layers.pixels(layer, rgba, bins, place.left, place.top, place.width, place.height);
    labels(context, place, ranges, style);
  }

  function zeros(context, place, [[x0, x1], [y0, y1]]) {
    context.beginPath();
    if (x0 < 0 && x1 > 0) context.rect(Math.round(place.x(0)), place.top, 0, place.height);
    if (y0 < 0 && y1 > 0) context.rect(place.left, Math.round(place.y(0)), place.width, 0);
    context.stroke();
  }

  function labels(context, place, [xs, ys], style) {
    const { tick } = root.FuseVis.numbers;
    context.fillStyle = style("--ink-soft");
    context.font = `9.5px ${style("--font")}`;
    const bottom = place.top + place.height;
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText(tick(xs[0]), place.left, bottom + 3);
    context.textAlign = "right";
    context.fillText(tick(xs[1]), place.left + place.width, bottom + 3);
    context.fillText(tick(ys[1]), place.left - 3, place.top);
    context.textBaseline = "bottom";
    context.fillText(tick(ys[0]), place.left - 3, bottom);
  }

  /** What follows the pixel: the window's pixels in green, the pixel itself as a red square. */
  function marks(layer, ranges, points, at, green) {
    const { context, width, height } = layer;
    const place = plane(ranges, width, height);
    if (points && points.x.length <= MOST_DOTS) {
      context.beginPath();
      for (let i = 0; i < points.x.length; i++) {
        context.rect(place.x(points.x[i]) - DOT / 2, place.y(points.y[i]) - DOT / 2, DOT, DOT);
      }
      context.fillStyle = green;
      context.fill();
    }
    root.FuseVis.layers.outline(layer, place.x(at[0]) - 2.5, place.y(at[1]) - 2.5, 5, 5);
  }

  const api = { axes, plane, ground, marks };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareScatter: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
