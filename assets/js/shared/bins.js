/* Points counted in bins, and a logarithmic colour scale for the counts. Pure. */
(function (root) {
  "use strict";

  /** How many points (x, y) fall into each bin of a box: {data, shape: [rows, columns]}, rows along y. Pure.
   *
   * As numpy.histogram2d, bins are half open but for the last, which holds its upper edge. */
  function histogram(x, y, [x0, x1], [y0, y1], [rows, columns]) {
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < x.length; i++) {
      if (!(x[i] >= x0 && x[i] <= x1 && y[i] >= y0 && y[i] <= y1)) continue;
      const column = Math.min(columns - 1, Math.floor(((x[i] - x0) / (x1 - x0)) * columns));
      const row = Math.min(rows - 1, Math.floor(((y[i] - y0) / (y1 - y0)) * rows));
      data[row * columns + column]++;
    }
    return { data, shape: [rows, columns] };
  }

  /** A logarithmic colour scale from 1 to `most`, with the colours of another one. Pure. */
  function stops(colours, most) {
    const last = colours.length - 1;
    return colours.map((colour, i) => [(most ** (i / last) - 1) / (most - 1), colour]);
  }

  const api = { histogram, stops };
  root.FuseVis = Object.assign(root.FuseVis || {}, { bins: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
