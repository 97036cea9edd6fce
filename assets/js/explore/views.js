/* The views of the page by name, and the Plotly graphs inside them. The names are those of `dashboard/explore/ids.py`. */
(function (root) {
  "use strict";

  const SOURCES = ["source-0", "source-1"];
  const GUIDANCE = ["guidance-0", "guidance-1"];
  const JACOBIANS = ["jacobian-0", "jacobian-1"];
  const FULL = [...SOURCES, "fused", ...GUIDANCE, "guidance-rgb", ...JACOBIANS];
  const SCATTER = "scatter";
  const zoom = (view) => `${view}-zoom`;
  const ZOOMS = FULL.map(zoom);
  const GRAPHS = [...FULL, ...ZOOMS, SCATTER];

  const known = new Map();

  /** The graph of a view once Plotly has drawn it, else null. `onDraw` is called after each later drawing. */
  function plot(view, onDraw) {
    const held = known.get(view);
    if (held && held.isConnected && held._fullLayout) return held;
    const graph = document.getElementById(view);
    const plot = graph && graph.querySelector(".js-plotly-plot");
    if (!plot || !plot._fullLayout || !plot._fullLayout.xaxis || !plot.on) return null;
    known.set(view, plot);
    if (onDraw) plot.on("plotly_afterplot", () => onDraw(view));
    return plot;
  }

  /** Where the axes of a graph lie, in screen pixels of the graph, and what they span. */
  function axes(plot) {
    const { xaxis, yaxis } = plot._fullLayout;
    return {
      left: xaxis._offset,
      top: yaxis._offset,
      width: xaxis._length,
      height: yaxis._length,
      x: (value) => xaxis._offset + xaxis.d2p(value),
      y: (value) => yaxis._offset + yaxis.d2p(value),
    };
  }

  /** The pixel under a point of the screen, not yet cut at the image's border. */
  function pixelAt(plot, clientX, clientY) {
    const { xaxis, yaxis } = plot._fullLayout;
    const corner = plot.getBoundingClientRect();
    return {
      y: Math.round(yaxis.p2d(clientY - corner.top - yaxis._offset)),
      x: Math.round(xaxis.p2d(clientX - corner.left - xaxis._offset)),
    };
  }

  /** Put values into a trace without drawing: hover, export and the next drawing see them. */
  function hold(plot, index, values) {
    if (plot.data[index]) Object.assign(plot.data[index], values);
  }

  /** Draw what the traces hold. `react` compares arrays by identity, so only what changed is computed. */
  function draw(plot) {
    return root.Plotly.react(plot, plot.data, plot.layout);
  }

  const api = { SOURCES, GUIDANCE, JACOBIANS, FULL, ZOOMS, SCATTER, GRAPHS, zoom, plot, axes, pixelAt, hold, draw };
  root.FuseVis = Object.assign(root.FuseVis || {}, { views: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
