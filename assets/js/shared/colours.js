/* Values to colours, exactly as Plotly's heatmap does it: linear in RGB between the stops of the figure's
 * own colour scale, clamped at both ends. The scale already carries gamma and sign. Pure. */
(function (root) {
  "use strict";

  const compiled = new WeakMap();

  /** [r, g, b] of "rgb(…)" or "#rrggbb". */
  function parse(colour) {
    const hex = /^#([0-9a-f]{6})$/i.exec(colour);
    if (hex) return [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16));
    const rgb = /^rgb\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*\)$/.exec(colour);
    if (rgb) return rgb.slice(1, 4).map(Number);
    throw new TypeError(`Colour ${colour} is neither rgb(r, g, b) nor #rrggbb.`);
  }

  /** Stops as flat arrays, so that painting makes no garbage. */
  function compile(stops) {
    if (!compiled.has(stops)) {
      compiled.set(stops, {
        places: Float64Array.from(stops, (stop) => stop[0]),
        rgb: Float64Array.from(stops.flatMap((stop) => parse(stop[1]))),
      });
    }
    return compiled.get(stops);
  }

  /** Write RGBA of values (NaN: transparent) into `out`, for a trace's {colorscale, zmin, zmax}. */
  function paint(values, trace, out) {
    const { places, rgb } = compile(trace.colorscale);
    const last = places.length - 1;
    const low = trace.zmin;
    const span = trace.zmax - trace.zmin || 1;
    for (let i = 0, o = 0; i < values.length; i++, o += 4) {
      const share = (values[i] - low) / span;
      if (share !== share) {
        out[o] = out[o + 1] = out[o + 2] = out[o + 3] = 0;
        continue;
      }
      let below = 0;
      let above = last;
      while (above - below > 1) {
        const middle = (below + above) >> 1;
        if (places[middle] <= share) below = middle;
        else above = middle;
      }
      const t = Math.min(1, Math.max(0, (share - places[below]) / (places[above] - places[below])));
      for (let c = 0; c < 3; c++) {
        const from = rgb[3 * below + c];
        out[o + c] = Math.round(from + t * (rgb[3 * above + c] - from));
      }
      out[o + 3] = 255;
    }
    return out;
  }

  const api = { parse, paint };
  root.FuseVis = Object.assign(root.FuseVis || {}, { colours: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
