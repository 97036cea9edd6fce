/* The Explore page in motion: one selection, painted at once, its Jacobian asked for, and drawn by Plotly
 * itself when the pixel comes to rest.
 *
 *   pointer, keys, pixel store ─► select ─► linked views ─► data-pixel
 *                                   ├──────► Jacobian route ─► Jacobian views ─► data-jacobian
 *                                   └──────► pixel store (at most every STORE_MS), address
 *   figures ─────► show (new images, new colours) ─► repaint
 *   quiet for REST_MS ─► Plotly draws zooms, Jacobians, scatter ─► canvases keep the marks only */
(function (root) {
  "use strict";

  const REST_MS = 150;
  // One write to the store costs Dash's renderer 5 to 10 ms on a slow machine, several times the painting, so
  // a moving pixel is painted directly and the store hears of it a few times a second, and when it rests.
  const STORE_MS = 120;
  const RETRY_MS = 60;

  const now = {
    scene: null, figures: {}, summary: null, images: {}, rgb: null, imageCorrelation: NaN,
    pixel: null, cuts: {}, points: null, jacobian: null, rested: new Set(),
  };
  let restTimer = null;
  let storeTimer = null;
  let stored = null;
  let page = null;
  let retryTimer = null;
  let requests = null;

  function modules() {
    return root.FuseVis;
  }

  function element() {
    return document.getElementById("explorer");
  }

  function shown() {
    return Boolean(now.scene && !now.scene.failed && now.pixel && element());
  }

  /** Paint some views; false where a graph is not drawn yet. */
  function paint(names) {
    return names.map((name) => modules().painter.view(name, now, repaint)).every(Boolean);
  }

  function repaint(name) {
    if (shown()) paint([name]);
  }

  /** Paint everything that the pixel decides; once it is there, the page says so. */
  function paintLinked() {
    const { selection, views, readout, windows } = modules();
    clearTimeout(retryTimer);
    Object.assign(now.cuts, selection.storedCuts(now));
    now.points = selection.points(now);
    now.rested.clear();
    for (const view of Object.keys(now.images)) hold(view);
    const complete = paint(views.GRAPHS);
    readout.busy(true);
    readout.show(selection.numbers(now));
    if (complete) element().dataset.pixel = windows.name(now.pixel);
    else retryTimer = setTimeout(() => shown() && paintLinked(), RETRY_MS);
    restLater();
  }

  /** Give a zoom's true values to its Plotly trace. */
  function hold(view) {
    const { arrays, views } = modules();
    const plot = views.plot(views.zoom(view));
    const cut = now.cuts[view];
    if (plot && cut) views.hold(plot, 0, { z: arrays.rows(cut), x0: cut.frame.x0, y0: cut.frame.y0, dx: 1, dy: 1 });
  }

  /** Take in the Jacobian that came back, though the pointer may be elsewhere by now. */
  function takeJacobian(key, buffer) {
    if (!shown() || key.case !== now.scene.case || key.method !== now.scene.method) return;
    now.jacobian = modules().wire.jacobian(buffer);
    notice(null);
    paintJacobian();
  }

  function paintJacobian() {
    const { readout, selection, views, windows } = modules();
    const { jacobian } = now;
    Object.assign(now.cuts, selection.jacobianCuts(now));
    for (const view of views.JACOBIANS) {
      holdJacobian(view);
      hold(view);
    }
    if (!now.summary) scaleToPixel();
    const names = [...views.JACOBIANS, ...views.JACOBIANS.map(views.zoom)];
    names.forEach((name) => now.rested.delete(name));
    const complete = paint(names);
    readout.show(selection.numbers(now));
    if (complete) element().dataset.jacobian = windows.name(jacobian.pixel);
    restLater();
  }

  function holdJacobian(view) {
    const { arrays, views } = modules();
    const plot = views.plot(view);
    const { box, images } = now.jacobian;
    const z = arrays.rows(images[views.JACOBIANS.indexOf(view)]);
    if (plot) views.hold(plot, 0, { z, x0: box.x0, y0: box.y0, dx: 1, dy: 1 });
  }

  /** Without guidance images the Jacobian views have the range of the pixel's own Jacobian. */
  function scaleToPixel() {
    const { readout, selection, views } = modules();
    for (const view of views.JACOBIANS) {
      for (const name of [view, views.zoom(view)]) {
        const plot = views.plot(name);
        const trace = plot && plot.data[0];
        if (trace && trace.meta) Object.assign(trace, selection.ownRange(now.jacobian, trace.meta.scale));
        if (trace && name === view) readout.bar(view, trace);
      }
    }
  }

  async function fetchJacobian({ case: id, method, y, x }) {
    const query = new URLSearchParams({ case: id, method, y, x, format: "bin" });
    const response = await fetch(`api/v1/jacobian?${query}`);
    if (response.ok) return response.arrayBuffer();
    const { error } = await response.json().catch(() => ({ error: `The server answered ${response.status}.` }));
    throw new Error(error);
  }

  function missJacobian(_key, error) {
    // fetch itself fails with a TypeError when there is no server
    if (error instanceof TypeError) modules().server.lost();
    else notice(error.message);
  }

  let noticed = null;

  function notice(text) {
    if (text !== noticed) root.dash_clientside.set_props("notice-jacobian", { children: text });
    noticed = text;
  }

  function ask() {
    if (!shown()) return;
    requests = requests || new (modules().latest.Latest)(fetchJacobian, takeJacobian, missJacobian);
    requests.ask({ case: now.scene.case, method: now.scene.method, ...now.pixel });
  }

  /** Show a pixel: from the pointer, from a key. */
  function select(pixel) {
    if (!pixel) return;
    now.pixel = now.scene && now.scene.shape ? modules().windows.inside(pixel, now.scene.shape) : pixel;
    if (!shown()) return;
    paintLinked();
    ask();
    if (storeTimer === null) storeTimer = setTimeout(store, STORE_MS);
  }

  /** Tell the rest of the page. */
  function store() {
    storeTimer = null;
    const { address, windows } = modules();
    if (windows.same(stored, now.pixel)) return;
    stored = now.pixel;
    root.dash_clientside.set_props("pixel", { data: stored });
    address.note(stored);
  }

  /** The store has a pixel: news from the link, from hoverData or from an extension, or what `store` wrote. */
  function heard(pixel) {
    if (!pixel || modules().windows.same(pixel, stored)) return;
    stored = pixel;
    modules().address.note(pixel);
    select(pixel);
  }

  /** A page that was just laid out starts with the pixel in its store; whether it was. */
  function begin(pixel) {
    if (page === element()) return false;
    page = element();
    stored = pixel;
    Object.assign(now, { pixel, scene: null });
    if (pixel) modules().address.note(pixel);
    return true;
  }

  /** Figures, scene or summary changed: take in their images and colours. */
  function show(scene, summary, figures) {
    const { scene: scenes, stats, views, windows } = modules();
    const changed = !now.scene || !scene || scene.case !== now.scene.case || scene.method !== now.scene.method;
    if (changed) Object.assign(now, { jacobian: null, cuts: {} });
    const sameGuidance = now.figures["guidance-1"] === figures["guidance-1"];
    Object.assign(now, { scene, figures, summary: summary && scene && summary.method === scene.method && summary.case === scene.case ? summary : null });
    if (!scene || scene.failed) return clear();
    modules().readout.names(scene);
    now.images = scenes.images(scene, figures);
    now.rgb = scenes.rgbImage(scene, figures, () => shown() && refresh());
    const [first, second] = views.GUIDANCE.map((view) => now.images[view]);
    if (!first || !second) now.imageCorrelation = NaN;
    else if (changed || !sameGuidance || Number.isNaN(now.imageCorrelation)) now.imageCorrelation = stats.pearson(first.data, second.data);
    bars();
    if (!now.pixel) return undefined;
    now.pixel = windows.inside(now.pixel, scene.shape);
    store();
    refresh();
    if (changed || !now.jacobian) ask();
    return undefined;
  }

  function refresh() {
    now.rgb = modules().scene.rgbImage(now.scene, now.figures, () => {});
    paintLinked();
    if (now.jacobian) paintJacobian();
  }

  function bars() {
    for (const view of [...modules().views.GUIDANCE, ...modules().views.JACOBIANS]) {
      const figure = now.figures[view];
      if (figure && figure.data) modules().readout.bar(view, figure.data[0]);
    }
  }

  /** Nothing can be shown: no marks, no answer pending. */
  function clear() {
    const explorer = element();
    modules().views.GRAPHS.forEach((name) => modules().layers.start(name));
    if (requests) requests.forget();
    if (explorer) ["pixel", "jacobian"].forEach((name) => delete explorer.dataset[name]);
  }

  function restLater() {
    clearTimeout(restTimer);
    restTimer = setTimeout(rest, REST_MS);
  }

  /** The pointer rests: Plotly draws the true values, one graph a frame, until something moves again. */
  function rest() {
    const { readout, views } = modules();
    readout.busy(false);
    const timer = restTimer;
    const names = [...views.ZOOMS, ...views.JACOBIANS, views.SCATTER].filter((name) => now.cuts[name.replace("-zoom", "")] || (name === views.SCATTER && now.points));
    const step = async () => {
      const name = names.shift();
      if (!name || timer !== restTimer || !shown()) return;
      const plot = views.plot(name);
      if (plot) {
        // held again: a figure that Dash replaced in the meantime may carry older values
        holdNamed(name, plot);
        now.rested.add(name);
        await views.draw(plot);
      }
      requestAnimationFrame(step);
    };
    step();
  }

  function holdNamed(name, plot) {
    const { views } = modules();
    if (name === views.SCATTER) views.hold(plot, 1, now.points);
    else if (name === views.zoom("guidance-rgb")) views.hold(plot, 0, nested(now.cuts["guidance-rgb"]));
    else if (views.JACOBIANS.includes(name)) holdJacobian(name);
    else hold(name.replace("-zoom", ""));
  }

  /** An RGBA cut in the nested form of Plotly's image trace. */
  function nested({ data, shape: [h, w], frame }) {
    const z = Array.from({ length: h }, (_, y) =>
      Array.from({ length: w }, (_unused, x) => Array.from(data.subarray(4 * (y * w + x), 4 * (y * w + x) + 4)))
    );
    for (const row of z) for (const cell of row) cell[3] /= 255; // Plotly's alpha runs from 0 to 1
    return { z, x0: frame.x0, y0: frame.y0 };
  }

  function paintAll() {
    if (shown()) refresh();
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { explorer: { select, heard, begin, show, askAgain: ask, paintAll, now } });
})(typeof window === "undefined" ? globalThis : window);
