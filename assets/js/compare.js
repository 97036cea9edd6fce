/* The Compare page in motion: one pixel, painted at once in all rows, its Jacobians asked for together.
 *
 *   pointer, keys, presets, pixel store ─► select ─► all tiles ─► data-pixel
 *                                            ├─────► Jacobian route, all methods in one request ─► data-jacobian
 *                                            └─────► pixel store (at most every STORE_MS), address
 *   scene, colours, controls ─► show ─► arrays that are missing are fetched ─► repaint */
(function (root) {
  "use strict";

  const STORE_MS = 120;
  const NO_CASE = "no case"; // dashboard/components/compare.py

  const now = { scene: null, colours: null, controls: {}, methods: [], pixel: null, region: "", jacobians: {} };
  let page = null;
  let stored = null;
  let storeTimer = null;
  let scheduled = false;
  let borders = {};
  let ranges = {};

  function modules() {
    return root.FuseVis;
  }

  function element() {
    return document.getElementById("comparer");
  }

  function shown() {
    return Boolean(now.scene && now.scene.cases[now.scene.case] && now.colours && now.pixel && element());
  }

  /** Height and width of a case study's images, null where it is not shown. */
  function shape(caseId) {
    const { cases } = now.scene || { cases: {} };
    return cases[caseId] ? cases[caseId].shape : null;
  }

  /** The title of a method. */
  function title(method) {
    const select = document.getElementById("compare-first");
    const option = select && [...select.options].find((each) => each.value === method);
    return option ? option.textContent : method;
  }

  /** The selected pixel in the images of a case study: nearest to it where these are smaller. */
  function pixelOf(caseId) {
    const size = shape(caseId);
    return size && now.pixel ? modules().windows.inside(now.pixel, size) : null;
  }

  /** The smallest window that holds those of all rows; null where one is the whole image. Pure. */
  function largest(rows) {
    const sizes = rows.filter((row) => row.state !== "failed").map((row) => row.window);
    if (!sizes.length || sizes.some((size) => !size)) return null;
    return [0, 1].map((axis) => Math.max(...sizes.map((size) => size[axis])));
  }

  /** What the tiles read: see compare_tiles.js. */
  function look() {
    const { compareScales } = modules();
    const { scene, controls, colours, jacobians, region } = now;
    return {
      colours, jacobians, region, shape, pixelOf, border, axes,
      extent: controls.jacobians,
      largest: largest(scene.rows),
      range: (row) => (ranges[row.key] = ranges[row.key] || compareScales.range(row, scene.rows, controls.scope, jacobians)),
    };
  }

  /** The lines around the marked region of a case study, null without one. */
  function border(caseId) {
    const { masks } = now.scene.cases[caseId] || { masks: {} };
    if (!now.region || !Object.hasOwn(masks, now.region)) return null;
    const key = `${caseId}/${now.region}`;
    if (!borders[key]) {
      const { brush } = modules();
      const [h, w] = shape(caseId);
      borders = { ...borders, [key]: brush.border(brush.unpack(masks[now.region], h * w), [h, w]) };
    }
    return borders[key];
  }

  /** The axes of a row's scatter: those of all rows where the scale is shared. */
  function axes(row) {
    const { compareData, compareScatter } = modules();
    const of = now.controls.scope === "shared" ? now.scene.rows : [row];
    return compareScatter.axes(of.map(compareData.guidance).filter(Boolean));
  }

  /** Paint the tiles of some kinds, of all without any. */
  function paint(...kinds) {
    const { compareRows, compareTiles } = modules();
    const seen = look();
    const chosen = compareRows.tiles().filter((tile) => !kinds.length || kinds.includes(tile.kind));
    return chosen.map((tile) => compareTiles.paint(tile, seen)).every(Boolean);
  }

  /** Paint everything that the pixel decides; then the page says so. */
  function paintLinked() {
    const { compareNumbers, comparePair, comparePlace, windows } = modules();
    const complete = paint();
    compareNumbers.show(look().range);
    comparePair.paint();
    comparePlace.show(now.pixel, shape(now.scene.case));
    if (complete) element().dataset.pixel = windows.name(now.pixel);
  }

  function ask(again = false) {
    modules().compareRequests.ask(now.scene, pixelOf, again);
  }

  /** Take in Jacobians that came back, [[key of the row, Jacobian], …], though the pointer may be elsewhere now. */
  function take(found) {
    if (!shown()) return;
    const keys = new Set(now.scene.rows.map((row) => row.key));
    for (const [key, jacobian] of found) if (keys.has(key)) now.jacobians[key] = jacobian;
    if (now.scene.rows.some((row) => row.state !== "ready")) ranges = {};
    paint("jacobian");
    tell();
  }

  /** Say on the page which Jacobians it shows. */
  function tell() {
    const { compareRows, windows } = modules();
    const names = now.scene.rows.map((row) => {
      const found = now.jacobians[row.key];
      const name = found ? windows.name(found.pixel) : "";
      const place = compareRows.element(row.key);
      if (place && name) place.dataset.jacobian = name;
      return row.state === "failed" || windows.same(found && found.pixel, pixelOf(row.case));
    });
    if (names.every(Boolean)) element().dataset.jacobian = windows.name(now.pixel);
  }

  /** Show a pixel of the first case study. */
  function select(pixel) {
    if (!shown()) return;
    const next = modules().windows.inside(pixel, shape(now.scene.case));
    if (modules().windows.same(next, now.pixel)) return;
    now.pixel = next;
    paintLinked();
    ask();
    if (storeTimer === null) storeTimer = setTimeout(store, STORE_MS);
  }

  /** Tell the rest of the page. */
  function store() {
    storeTimer = null;
    if (!element() || modules().windows.same(stored, now.pixel)) return;
    stored = now.pixel;
    root.dash_clientside.set_props("compare-pixel", { data: stored });
    modules().compareAddress.note(stored);
  }

  /** The store has a pixel: from an extension, or what `store` wrote. */
  function heard(pixel) {
    if (!pixel || modules().windows.same(pixel, stored)) return;
    stored = pixel;
    select(pixel);
  }

  /** Go to a region of interest and mark it; the marked one is released. */
  function preset(id) {
    const { compareAddress, comparePlace, comparePointer } = modules();
    const { regions } = now.scene.cases[now.scene.case];
    now.region = now.region === id ? "" : id;
    compareAddress.note({ region: now.region });
    comparePlace.presets(now.scene.case, regions, now.region);
    const place = regions.find((region) => region.id === now.region);
    if (place) {
      comparePointer.pin(true);
      select({ y: place.y, x: place.x });
    }
    paintLinked();
  }

  /** A page that was just laid out starts with what its link says. */
  function begin(methods, pixel, start) {
    if (page === element()) return;
    page = element();
    stored = pixel;
    Object.assign(now, { scene: null, colours: null, pixel, region: start.region, jacobians: {} });
    const { compareAddress, comparePair, compareRequests, theme } = modules();
    compareAddress.begin();
    compareRequests.begin();
    compareAddress.note({ ...pixel, region: start.region, mix: start.mix, pin: start.pin ? 1 : "", theme: theme.current() });
    comparePair.choose({ mix: start.mix, mode: "" });
  }

  /** Scene, colours or controls changed. */
  function show(scene, colours, controls, methods, pixel, start) {
    begin(methods, pixel, start);
    const { compareAddress, comparePair } = modules();
    const { case: id, case2, first, second, mode, ...rest } = controls;
    compareAddress.note({ case: id, case2: case2 === NO_CASE ? "" : case2, methods, mode, pair: [first, second], ...rest });
    Object.assign(now, { controls, methods });
    comparePair.choose({ first, second, mode });
    ranges = {};
    if (colours) now.colours = colours;
    if (scene) takeScene(scene);
  }

  function takeScene(scene) {
    const { compareAddress, comparePlace, compareRows } = modules();
    const other = now.scene && now.scene.case !== scene.case;
    now.scene = scene;
    if (!element()) return;
    compareRows.sync(scene);
    const known = scene.cases[scene.case];
    if (!known || !now.colours) return;
    now.pixel = modules().windows.inside(now.pixel, known.shape);
    if (!known.regions.some((region) => region.id === now.region)) now.region = "";
    compareAddress.note({ ...now.pixel, region: now.region });
    if (other) borders = {};
    comparePlace.presets(scene.case, known.regions, now.region);
    keepJacobians(scene);
    legends();
    fetchArrays();
    paintLinked();
    tell();
    ask();
  }

  function keepJacobians(scene) {
    const keys = new Set(scene.rows.map((row) => row.key));
    now.jacobians = Object.fromEntries(Object.entries(now.jacobians).filter(([key]) => keys.has(key)));
  }

  /** Fetch what is not there; both images of the pair also where their methods have no row. */
  function fetchArrays() {
    const { compareData, comparePair, compareRequests } = modules();
    const { scene } = now;
    const extra = scene.case2 ? [] : [comparePair.now.first, comparePair.now.second]
      .filter((method) => method && !scene.rows.some((row) => row.method === method))
      .map((method) => ({ key: `${scene.case}/${method}`, case: scene.case, method, state: "extra" }));
    compareData.load({ ...scene, rows: [...scene.rows, ...extra] }, later, (error) => compareRequests.miss(null, error));
    settle();
  }

  /** Several arrays that come at once are painted once. */
  function later() {
    if (!scheduled) requestAnimationFrame(() => {
      scheduled = false;
      if (shown()) paintAll();
    });
    scheduled = true;
  }

  /** Whether all there is to come is there: the page says so. */
  function settle() {
    const { compareData } = modules();
    const there = (row) => row.state === "failed" || (row.state === "ready" && compareData.guidance(row) && compareData.fused(row));
    element().dataset.guidance = now.scene.rows.every(there) ? "ready" : "pending";
  }

  function legends() {
    const { compareScales, readout } = modules();
    const { scene, controls, colours } = now;
    const ready = scene.rows.filter((row) => row.state === "ready");
    // with a scale of its own for every row, the bars show shares of it
    const found = controls.scope === "shared" && ready.length ? compareScales.joined(ready) : null;
    readout.bar("compare-guidance", compareScales.trace(colours.guidance, found));
    readout.bar("compare-jacobian", compareScales.trace(colours.jacobian, found));
    const note = document.getElementById("compare-scale-note");
    if (note) note.textContent = compareScales.sentence(scene.rows, controls.scale, controls.scope);
  }

  function paintAll() {
    if (!shown()) return;
    settle();
    paintLinked();
  }

  /** The rows were changed by a button: up, down, remove. */
  function act(action, method) {
    const methods = modules().compareRows.changed(now.methods, action, method);
    root.dash_clientside.set_props("compare-methods", { data: methods });
  }

  /** The server is back: everything that was missed is asked for again. */
  function again() {
    if (!element()) return;
    root.dash_clientside.set_props("compare-epoch", { data: Date.now() });
    if (shown()) ask(true);
  }

  function listen() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest && event.target.closest("#compare-rows [data-action]");
      if (button) act(button.dataset.action, button.dataset.method);
      const { comparePointer } = modules();
      if (event.target.closest && event.target.closest("#compare-pin")) comparePointer.pin(!comparePointer.held());
    });
    document.addEventListener("fusevis-server-back", again);
  }

  const api = { now, show, heard, select, take, preset, paintAll, shape, pixelOf, title, largest, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compare: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
