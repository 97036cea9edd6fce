/* The density behind the scatter, counted anew for what a zoom shows: always the pixels themselves, never an
 * enlarged picture of coarser bins. */
(function (root) {
  "use strict";

  const QUIET_MS = 120;
  const timers = new WeakMap();

  function modules() {
    return root.FuseVis;
  }

  /** The changes to the density's trace that show a range of the axes. Pure but for the modules. */
  function trace(former, x, y, xRange, yRange) {
    const { arrays, bins } = modules();
    const shape = arrays.image(former.z).shape;
    const counts = bins.histogram(x, y, xRange, yRange, shape);
    const most = Math.max(2, counts.data.reduce((a, b) => Math.max(a, b), 0));
    const step = (range, count) => (range[1] - range[0]) / count;
    const dx = step(xRange, shape[1]), dy = step(yRange, shape[0]);
    return {
      z: arrays.rows({ ...counts, data: counts.data.map((count) => count || NaN) }),
      x0: xRange[0] + dx / 2, dx, y0: yRange[0] + dy / 2, dy,
      zmin: 1, zmax: most,
      colorscale: bins.stops(former.colorscale.map((stop) => stop[1]), most),
    };
  }

  function count(plot) {
    const { explorer, views } = modules();
    const [first, second] = views.GUIDANCE.map((view) => explorer.now.images[view]);
    if (!first || !second || !plot.isConnected || !plot.data[1]) return;
    const { xaxis, yaxis } = plot._fullLayout;
    views.hold(plot, 0, trace(plot.data[0], first.data, second.data, xaxis.range, yaxis.range));
    views.draw(plot);
    plot.dataset.density = [...xaxis.range, ...yaxis.range].map((value) => value.toPrecision(4)).join(",");
  }

  /** Follow the zoom of the scatter; a double click shows all of it again. */
  function follow(plot) {
    if (timers.has(plot)) return;
    timers.set(plot, 0);
    plot.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((key) => /^[xy]axis\.range/.test(key))) return;
      clearTimeout(timers.get(plot));
      timers.set(plot, setTimeout(() => count(plot), QUIET_MS));
    });
    plot.on("plotly_doubleclick", () => all(plot));
  }

  function all(plot) {
    const { explorer, views } = modules();
    const figure = explorer.now.figures[views.SCATTER];
    const { meta } = (figure && figure.layout) || {};
    if (meta && meta.ranges) root.Plotly.relayout(plot, { "xaxis.range": meta.ranges[0], "yaxis.range": meta.ranges[1] });
  }

  const api = { trace, follow };
  root.FuseVis = Object.assign(root.FuseVis || {}, { density: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
