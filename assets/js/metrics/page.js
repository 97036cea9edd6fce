/* The Metrics page: its address, sorting and choosing in its tables, the local map under pointer and keys. */
(function (root) {
  "use strict";

  const address = root.FuseVis.addresses.writer("metrics", "metrics-page");
  let place = null; // row and column that were walked to with the keys

  /** The column that sorts after a click on a head: the same once more sorts no longer. Pure. */
  function sorted(before, clicked) {
    return before === clicked ? "" : clicked;
  }

  /** A place one step on, inside an image of [height, width]; the middle where there was none. Pure. */
  function walked(from, key, far, shape) {
    const { pixelInput, windows } = root.FuseVis;
    const next = pixelInput.step(from || { y: 0, x: 0 }, key, far);
    if (!next) return null;
    return from ? windows.inside(next, shape) : { y: shape[0] >> 1, x: shape[1] >> 1 };
  }

  /** What is said of a place: the metric there, and the fused image. Pure. */
  function reading(at, fused, map, name) {
    const value = (img) => img.data[at.y * img.shape[1] + at.x];
    const number = (v) => v.toFixed(4).replace("-", "−");
    const local = value(map);
    const said = Number.isFinite(local) ? number(local) : "no window here";
    return `row ${at.y}, column ${at.x} · ${name} ${said} · fused ${number(value(fused))}`;
  }

  const pure = { ...address, sorted, walked, reading };
  root.FuseVis = Object.assign(root.FuseVis || {}, { metrics: pure });
  if (typeof module === "object" && module.exports) {
    module.exports = pure;
    return;
  }

  const { arrays, controls, theme } = root.FuseVis;
  const page = () => document.getElementById("metrics-page");

  /** The first tables are there: what the controls were laid out with. */
  function begin() {
    if (page() && !page().dataset.noted) note();
  }

  /** Dash tells the state of the controls at every change. */
  function note() {
    if (!page()) return;
    if (!page().dataset.noted) {
      page().dataset.noted = "1";
      address.begin();
      place = null;
    }
    const { known: _known, ...told } = controls.named("metrics-");
    address.note({ ...told, theme: theme.current() });
  }

  function plot() {
    const graph = document.querySelector("#metrics-map .js-plotly-plot");
    return graph && graph.data && graph.data.length === 2 ? graph : null;
  }

  function fade(opacity) {
    const graph = plot();
    if (graph && graph.data[1].opacity !== opacity / 100) root.Plotly.restyle(graph, { opacity: opacity / 100 }, [1]);
    if (graph && place) read(place);
  }

  function read(at) {
    const graph = plot();
    const output = document.getElementById("metrics-readout");
    if (!graph || !output) return;
    const [fused, map] = graph.data.map((trace) => arrays.image(trace.z));
    if (at.y >= map.shape[0] || at.x >= map.shape[1]) return;
    const chosen = document.getElementById("metrics-metric").selectedOptions[0];
    output.textContent = reading(at, fused, map, chosen ? chosen.textContent.split(" · ")[0] : "");
  }

  /** The pixel under a pointer event; null beside the image. */
  function under(event) {
    const graph = plot();
    if (!graph) return null;
    const { xaxis, yaxis } = graph._fullLayout;
    const box = graph.getBoundingClientRect();
    const x = Math.round(xaxis.p2d(event.clientX - box.left - xaxis._offset));
    const y = Math.round(yaxis.p2d(event.clientY - box.top - yaxis._offset));
    const [height, width] = arrays.image(graph.data[1].z).shape;
    return x >= 0 && y >= 0 && x < width && y < height ? { y, x } : null;
  }

  /** A square around the place that the keys reached. */
  function mark() {
    const graph = plot();
    if (!graph) return;
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--mark").trim();
    const square = place && {
      type: "rect", x0: place.x - 2.5, x1: place.x + 2.5, y0: place.y - 2.5, y1: place.y + 2.5,
      line: { color: colour, width: 2 },
    };
    root.Plotly.relayout(graph, { shapes: square ? [square] : [] });
  }

  function walk(event) {
    const graph = event.target.id === "metrics-map-frame" ? plot() : null;
    const next = graph && walked(place, event.key, event.shiftKey, arrays.image(graph.data[1].z).shape);
    if (!next) return;
    event.preventDefault();
    place = next;
    mark();
    read(place);
  }

  function click(event) {
    const button = event.target.closest("#metrics-page [data-sort], #metrics-page [data-method]");
    if (!button) return;
    const { sort, method } = button.dataset;
    const tell = root.dash_clientside.set_props;
    if (sort !== undefined) tell("metrics-sort", { data: sorted(address.current().sort || "", sort) });
    else tell("metrics-method", { value: method });
  }

  function point(event) {
    if (!event.target.closest("#metrics-map-frame")) return;
    const at = under(event);
    if (at) read(at);
  }

  root.dash_clientside = Object.assign({}, root.dash_clientside, { fusevis_metrics: { begin, note, fade } });
  document.addEventListener("click", click);
  document.addEventListener("keydown", walk);
  document.addEventListener("pointermove", point, { passive: true });
  document.addEventListener("fusevis-theme", () => {
    if (!page()) return;
    address.note({ theme: theme.current() });
    address.flush();
  });
})(typeof window === "undefined" ? globalThis : window);
