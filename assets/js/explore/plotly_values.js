/* The true values behind what the canvases show, given to Plotly: at once as data, so that hover, export and
 * scripts see them, and drawn when the pixel rests, so that canvas and graph coincide. */
(function (root) {
  "use strict";

  const REST_MS = 150;
  let timer = null;

  function modules() {
    return root.FuseVis;
  }

  /** Whether a selection has values for a graph that follows the pixel. */
  function known(name, selection) {
    const { views } = modules();
    return Boolean(name === views.SCATTER ? selection.points : selection.cuts[name.replace("-zoom", "")]);
  }

  /** Give a graph's trace the values of the selection, without drawing. */
  function hold(name, selection) {
    const { arrays, views } = modules();
    const plot = views.plot(name);
    if (!plot || !known(name, selection)) return;
    const k = views.JACOBIANS.indexOf(name);
    if (name === views.SCATTER) views.hold(plot, 1, selection.points);
    else if (k >= 0) views.hold(plot, 0, placed(arrays.rows(selection.jacobian.images[k]), selection.jacobian.box));
    else {
      const cut = selection.cuts[name.replace("-zoom", "")];
      views.hold(plot, 0, placed(cut.rgba ? nested(cut) : arrays.rows(cut), cut.frame));
    }
  }

  function placed(z, { y0, x0 }) {
    return { z, y0, x0, dy: 1, dx: 1 };
  }

  /** An RGBA cut in the form of Plotly's image trace, whose alpha runs from 0 to 1. Pure. */
  function nested({ data, shape: [h, w] }) {
    const cell = (i) => [data[i], data[i + 1], data[i + 2], data[i + 3] / 255];
    return Array.from({ length: h }, (_, y) => Array.from({ length: w }, (_unused, x) => cell(4 * (y * w + x))));
  }

  /** Once nothing has moved for REST_MS, draw all graphs that follow the pixel, one a frame; any move stops it.
   *
   * `begun` is called first; `valid` says whether the selection still is one. */
  function drawAtRest(selection, begun, valid) {
    const { views } = modules();
    clearTimeout(timer);
    const mine = setTimeout(() => {
      begun();
      const names = [...views.ZOOMS, ...views.JACOBIANS, views.SCATTER];
      const next = async () => {
        const name = names.find((each) => known(each, selection));
        if (!name || timer !== mine || !valid()) return;
        names.splice(0, names.indexOf(name) + 1);
        const plot = views.plot(name);
        if (plot) {
          // held again: a figure that Dash replaced in the meantime may carry older values
          hold(name, selection);
          selection.rested.add(name);
          await views.draw(plot);
        }
        requestAnimationFrame(next);
      };
      next();
    }, REST_MS);
    timer = mine;
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
  }

  const api = { hold, nested, drawAtRest, stop };
  root.FuseVis = Object.assign(root.FuseVis || {}, { plotlyValues: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
