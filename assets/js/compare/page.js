/* The Compare page in motion: one pixel, painted at once in all rows, its Jacobians asked for together.
 *
 *   pointer, keys, presets, pixel store ─► select ─► all tiles but the Jacobians' ─► data-pixel
 *                                            ├─────► Jacobian route, all methods in one request ─► data-jacobian
 *                                            └─────► pixel store (at most every STORE_MS), address
 *   scene, colours, controls ─► show ─► arrays that are missing are fetched ─► repaint */
(function (root) {
  "use strict";

  const STORE_MS = 250;
  const TEXT_MS = 80; // nobody reads numbers faster, and each change of text lays out and paints its part of the page
  const NO_CASE = "no case"; // dashboard/compare/components.py
  const FOLLOWING = ["source", "fused", "guidance", "rgb", "scatter"]; // the kinds of tiles that a pixel alone decides

  const now = { scene: null, colours: null, controls: {}, methods: [], pixel: null, region: "", jacobians: {} };
  let page = null;
  let stored = null;
  let storeTimer = null;
  let textTimer = null;
  let scheduled = false;

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

  /** Paint the tiles of some kinds, of all without any. */
  function paint(...kinds) {
    const { compareLook, compareRows, compareTiles } = modules();
    const seen = compareLook.look();
    const chosen = compareRows.tiles().filter((tile) => !kinds.length || kinds.includes(tile.kind));
    return chosen.map((tile) => compareTiles.paint(tile, seen)).every(Boolean);
  }

  /** Paint what the pixel decides; then the page says so. Numbers follow. */
  function paintLinked(...kinds) {
    const { comparePair, windows } = modules();
    const complete = paint(...kinds);
    comparePair.paint();
    if (textTimer === null) textTimer = setTimeout(texts, TEXT_MS);
    if (complete) element().dataset.pixel = windows.name(now.pixel);
  }

  /** Show the numbers of the rows, of the pair and of the pixel. */
  function texts() {
    textTimer = null;
    if (!shown()) return;
    const { compareLook, compareNumbers, comparePair, comparePlace } = modules();
    compareNumbers.show(compareLook.range);
    comparePair.tell();
    comparePlace.show(now.pixel, shape(now.scene.case));
  }

  function ask(again = false) {
    modules().compareRequests.ask(now.scene, now.pixel, pixelOf, again);
  }

  /** Take in the Jacobians of a pixel, [[key of the row, Jacobian], …], though the pointer may be elsewhere now. */
  function take(pixel, found) {
    if (!shown()) return;
    const { compareLook, windows } = modules();
    const { rows } = now.scene;
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, jacobian] of found) if (keys.has(key)) now.jacobians[key] = jacobian;
    if (rows.some((row) => row.state !== "ready")) {
      compareLook.forgetRanges();
      texts(); // without guidance, the gradients are the Jacobians' own
    }
    paint("jacobian");
    const name = windows.name(pixel);
    for (const [key] of found) tell(key, name);
    const all = rows.every((row) => row.state === "failed" || found.some(([key]) => key === row.key));
    if (all) element().dataset.jacobian = name;
  }

  /** Say at a row which pixel's Jacobian it shows. */
  function tell(key, name) {
    const place = modules().compareRows.element(key);
    if (place) place.dataset.jacobian = name;
  }

  /** Show a pixel of the first case study. */
  function select(pixel) {
    if (!shown()) return;
    const next = modules().windows.inside(pixel, shape(now.scene.case));
    if (modules().windows.same(next, now.pixel)) return;
    now.pixel = next;
    paintLinked(...FOLLOWING);
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
    if (!shown()) return;
    const { compareAddress, comparePlace, comparePointer } = modules();
    const { regions } = now.scene.cases[now.scene.case];
    now.region = now.region === id ? "" : id;
    compareAddress.note({ region: now.region });
    comparePlace.presets(now.scene, now.region);
    const place = regions.find((region) => region.id === now.region);
    if (place) {
      comparePointer.pin(true);
      select({ y: place.y, x: place.x });
    }
    paintLinked();
  }

  /** A page that was just laid out starts with what its link says. */
  function begin(pixel, start) {
    if (page === element()) return;
    page = element();
    stored = pixel;
    const { region, mix, omega } = start;
    Object.assign(now, { scene: null, colours: null, pixel, region, jacobians: {} });
    const { compareAddress, compareCoded, comparePair, compareRequests, theme } = modules();
    compareAddress.begin();
    compareRequests.begin();
    compareAddress.note({ ...pixel, region, mix, pin: start.pin ? 1 : "", theme: theme.current() });
    comparePair.choose({ mix, mode: "" });
    compareCoded.choose({ omega, coded: "" });
  }

  /** Scene, colours or controls changed. */
  function show(scene, colours, controls, methods, pixel, start) {
    begin(pixel, start);
    const { compareAddress, compareCoded, compareLook, comparePair } = modules();
    const { case: id, case2, first, second, mode, coded, ...rest } = controls;
    const other = case2 === NO_CASE || case2 === id ? "" : case2;
    compareAddress.note({ case: id, case2: other, methods, mode, pair: [first, second], ...rest });
    Object.assign(now, { controls, methods });
    compareCoded.choose({ coded });
    comparePair.choose({ first, second, mode });
    compareLook.forgetRanges();
    if (colours) now.colours = colours;
    if (scene) takeScene(scene);
  }

  function takeScene(scene) {
    const { compareAddress, compareCoded, compareLook, comparePlace, compareRows, windows } = modules();
    if (now.scene && now.scene.case !== scene.case) compareLook.forgetBorders();
    now.scene = scene;
    if (!element()) return;
    compareRows.sync(scene);
    const known = scene.cases[scene.case];
    if (!known || !now.colours) return;
    now.pixel = windows.inside(now.pixel, known.shape);
    if (!known.regions.some((region) => region.id === now.region)) now.region = "";
    compareAddress.note({ ...now.pixel, region: now.region });
    comparePlace.presets(scene, now.region);
    keepJacobians(scene);
    compareLook.legends();
    compareCoded.legend();
    fetchArrays();
    paintLinked();
    ask();
  }

  /** Forget the Jacobians of rows that are gone; rows that only moved say what they show. */
  function keepJacobians(scene) {
    const { windows } = modules();
    const keys = new Set(scene.rows.map((row) => row.key));
    now.jacobians = Object.fromEntries(Object.entries(now.jacobians).filter(([key]) => keys.has(key)));
    for (const [key, jacobian] of Object.entries(now.jacobians)) tell(key, windows.name(jacobian.pixel));
  }

  /** Fetch what is not there; both images of the pair also where their methods have no row. */
  function fetchArrays() {
    const { compareCoded, compareData, comparePair, compareRequests } = modules();
    const { scene } = now;
    const extra = scene.case2 ? [] : [comparePair.now.first, comparePair.now.second]
      .filter((method) => method && !scene.rows.some((row) => row.method === method))
      .map((method) => ({ key: `${scene.case}/${method}`, case: scene.case, method, state: "extra" }));
    const coded = compareCoded.on();
    compareData.load({ ...scene, coded, rows: [...scene.rows, ...extra] }, later, compareRequests.refused);
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

  const api = { now, show, heard, select, take, preset, paintAll, shape, pixelOf, title, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compare: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
