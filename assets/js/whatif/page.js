/* The What if page in motion.
 *
 *   controls, click, drag, keys ─► change ─► what-if route ─► pictures, numbers ─► data-shown
 *   pointer ─► probe ─► influence route ─► forward views ─► data-influence
 *   scene (case study, method) ─► sources and fused image are fetched ─► everything is asked for again */
(function (root) {
  "use strict";

  const MEAN = "mean";
  const LEVELS = 32;

  const now = { scene: null, state: {}, probe: null, sources: null, fused: null, result: null, border: [], influence: null };
  let page = null;
  let levels = LEVELS;
  let changes = null;
  let columns = null;

  function modules() {
    return root.FuseVis;
  }

  function element() {
    return document.getElementById("whatif");
  }

  function shown() {
    return Boolean(now.scene && !now.scene.failed && element());
  }

  /** The name of a change, as `data-shown` and the requests have it. Pure. */
  function nameOf({ case: id, method, source, y, x, brush, change }) {
    return [id, method, source, `${y},${x}`, brush || "", change].join(" ");
  }

  function selection() {
    const { case: id, method } = now.scene;
    return { ...now.state, case: id, method };
  }

  /** What the pictures read: see tiles.js. */
  function look() {
    const { whatifNumbers } = modules();
    const { scene, state, result, influence, border, sources, fused } = now;
    const pixel = { y: state.y, x: state.x };
    return {
      ...{ result, influence, border, sources, fused, pixel, probe: now.probe },
      ...{ shape: scene.shape, window: scene.window, colours: scene.colours[state.gamma] || scene.colours["1"], view: state.view, source: state.source },
      most: result ? whatifNumbers.extent(result.actual, result.predicted) : 1,
      strongest: influence ? whatifNumbers.extent(...influence.images) : 1,
    };
  }

  function paint(names = modules().whatifTiles.NAMES) {
    if (!shown()) return;
    const seen = look();
    names.forEach((name) => modules().whatifTiles.paint(name, seen));
  }

  async function fetchPart(route, key) {
    const query = new URLSearchParams({ ...key, format: "bin" });
    return modules().fetch.binary(`api/v1/${route}?${query}`);
  }

  let noticed = null;

  function problem(text) {
    if (text !== noticed && element()) root.dash_clientside.set_props("whatif-problem", { children: text });
    noticed = text;
  }

  function failed(_key, error) {
    if (!element()) return;
    modules().fetch.failed(error, problem);
    element().removeAttribute("data-busy");
  }

  /** Ask what the change does. */
  function ask() {
    if (!shown()) return;
    const { Latest } = modules().latestRequest;
    changes = changes || new Latest(
      ({ brush, view: _view, gamma: _gamma, ...key }) => fetchPart("whatif", { ...key, ...(brush ? { region: brush } : {}) }),
      takeChange,
      failed
    );
    element().setAttribute("data-busy", "");
    changes.ask(selection());
  }

  function takeChange(key, buffer) {
    if (!shown() || key.case !== now.scene.case || key.method !== now.scene.method) return;
    const { whatifNumbers, whatifLabels } = modules();
    problem(null);
    now.result = whatifNumbers.result(modules().wire.jacobian(buffer));
    now.border = borderOf(now.result);
    paint();
    whatifLabels.numbers(now.result, key);
    whatifLabels.bars(look());
    element().dataset.shown = nameOf(key);
    if (nameOf(key) === nameOf(selection())) element().removeAttribute("data-busy");
  }

  /** The lines around what changed; none around a single pixel, which has a square of its own. */
  function borderOf({ box, change }) {
    const held = Uint8Array.from(change.data, (value) => (value ? 1 : 0));
    if (held.reduce((sum, value) => sum + value, 0) <= 1) return [];
    const lines = modules().brush.border(held, [box.h, box.w]);
    return lines.map(([y0, x0, y1, x1]) => [y0 + box.y0, x0 + box.x0, y1 + box.y0, x1 + box.x0]);
  }

  /** Ask which fused pixels the pixel under the pointer influences, or the changed one without a pointer. */
  function askInfluence() {
    if (!shown()) return;
    const { Latest } = modules().latestRequest;
    columns = columns || new Latest((key) => fetchPart("influence", key), takeInfluence, failed);
    const { case: id, method } = now.scene;
    const { y, x } = now.probe || now.state;
    columns.ask({ case: id, method, y, x });
  }

  function takeInfluence(key, buffer) {
    if (!shown() || key.case !== now.scene.case || key.method !== now.scene.method) return;
    const { whatifLabels, whatifTiles, windows } = modules();
    now.influence = modules().wire.jacobian(buffer);
    paint(whatifTiles.INFLUENCES);
    whatifLabels.influence(now.influence, look());
    element().dataset.influence = windows.name(now.influence.pixel);
  }

  /** The pointer is at a pixel, or at none. */
  function probe(pixel) {
    if (!shown() || modules().windows.same(pixel, now.probe) || (!pixel && !now.probe)) return;
    const { whatifTiles } = modules();
    now.probe = pixel;
    paint([...whatifTiles.WHOLE, ...whatifTiles.CHANGES]);
    askInfluence();
  }

  /** Change something else: {source, y, x, brush, change, view}. */
  function choose(values) {
    const { whatifAddress, whatifLabels, windows } = modules();
    if (values.change !== undefined && values.change !== MEAN) levels = Number(values.change);
    const next = { ...now.state, ...values };
    if (now.scene && now.scene.shape) Object.assign(next, windows.inside(next, now.scene.shape));
    const asked = ["source", "y", "x", "brush", "change"].some((key) => next[key] !== now.state[key]);
    now.state = next;
    whatifAddress.note(next);
    whatifLabels.controls(next, levels, now.scene);
    if (!shown()) return;
    paint();
    if (now.result) whatifLabels.bars(look());
    if (now.influence) whatifLabels.influence(now.influence, look());
    if (asked) ask();
    if (asked && !now.probe) askInfluence();
  }

  /** Change a single pixel. */
  function pixel(place) {
    choose({ ...place, brush: "" });
  }

  /** A page that was just laid out starts with what its link says. */
  function begin(start) {
    if (page === element()) return;
    page = element();
    const { case: _case, method: _method, theme: _theme, ...state } = start;
    Object.assign(now, { scene: null, state: {}, probe: null, sources: null, fused: null, result: null, border: [], influence: null });
    levels = state.change === MEAN ? LEVELS : Number(state.change);
    noticed = null;
    modules().whatifAddress.begin();
    modules().whatifAddress.note({ theme: modules().theme.current() });
    choose(state);
  }

  /** Another case study or method, or the first. */
  function show(scene, start) {
    if (!element() || !scene) return;
    begin(start);
    const { whatifAddress, whatifLabels } = modules();
    Object.assign(now, { scene, fused: null, result: null, border: [], influence: null, probe: null });
    ["shown", "influence"].forEach((name) => delete element().dataset[name]);
    if (scene.failed) {
      whatifLabels.nothing();
      modules().whatifTiles.NAMES.forEach((name) => modules().layers.start(`whatif-${name}`));
      return;
    }
    whatifAddress.note({ case: scene.case, method: scene.method });
    whatifLabels.names(scene);
    const [kind, id] = (now.state.brush || "").split(":");
    const lost = kind === "region" && !Object.hasOwn(scene.masks, id);
    choose(lost ? { brush: "" } : {});
    fetchImages(scene);
    ask();
    askInfluence();
  }

  async function fetchImages(scene) {
    const { case: id, method } = scene;
    const parts = [fetchPart("images", { case: id }), fetchPart("images", { case: id, method })];
    const found = await Promise.all(parts).catch((error) => failed(null, error));
    if (!found || now.scene !== scene) return;
    const [sources, fused] = found.map(modules().wire.images);
    Object.assign(now, { sources, fused: fused[0] });
    paint();
  }

  /** The server is back: what was missed is asked for again. */
  function again() {
    if (element()) root.dash_clientside.set_props("whatif-epoch", { data: Date.now() });
  }

  function chosen({ detail: { group, value } }) {
    if (group === "whatif-source") choose({ source: Number(value) });
    if (group === "whatif-kind") choose({ change: value === MEAN ? MEAN : String(levels) });
    if (group === "whatif-view") choose({ view: value });
    if (group === "whatif-gamma") choose({ gamma: value });
  }

  function listen() {
    document.addEventListener("fusevis-choice", chosen);
    document.addEventListener("fusevis-server-back", again);
  }

  const api = { now, nameOf, look, paint, probe, choose, pixel, show, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatif: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
