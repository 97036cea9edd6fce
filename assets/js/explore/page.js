/* The Explore page in motion: one selection, painted at once, its Jacobian asked for, and drawn by Plotly
 * itself when the pixel comes to rest.
 *
 *   pointer, keys, pixel store ─► select ─► linked views ─► data-pixel
 *                                   ├──────► Jacobian route ─► Jacobian views ─► data-jacobian
 *                                   └──────► pixel store (at most every STORE_MS), address
 *   figures ─────► show (new images, new colours) ─► repaint
 *   quiet for a moment ─► plotly_values.js: Plotly draws zooms, Jacobians, scatter ─► canvases keep the marks only */
(function (root) {
  "use strict";

  // One write to the store costs Dash's renderer 5 to 10 ms on a slow machine, several times the painting, so
  // a moving pixel is painted directly and the store hears of it a few times a second, and when it rests.
  const STORE_MS = 250;
  const RETRY_MS = 60;

  const now = {
    scene: null, figures: {}, summary: null, images: {}, rgb: null, imageCorrelation: NaN,
    pixel: null, cuts: {}, points: null, jacobian: null, rested: new Set(),
  };
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
    modules().brushing.paintView(name);
  }

  /** Paint everything that the pixel decides; once it is there, the page says so. */
  function paintLinked() {
    const { selection, views, readout, plotlyValues, windows } = modules();
    clearTimeout(retryTimer);
    Object.assign(now.cuts, selection.storedCuts(now));
    now.points = selection.points(now);
    now.rested.clear();
    for (const view of Object.keys(now.images)) plotlyValues.hold(views.zoom(view), now);
    const complete = paint(views.GRAPHS);
    readout.busy(true);
    readout.show(selection.numbers(now));
    modules().pixelBar.show(now);
    if (complete) element().dataset.pixel = windows.name(now.pixel);
    else retryTimer = setTimeout(() => shown() && refresh(), RETRY_MS);
    plotlyValues.drawAtRest(now, () => readout.busy(false), shown);
  }

  /** Take in the Jacobian that came back, though the pointer may be elsewhere by now. */
  function takeJacobian(key, buffer) {
    if (!shown() || key.case !== now.scene.case || key.method !== now.scene.method) return;
    now.jacobian = modules().wire.jacobian(buffer);
    notice(null);
    paintJacobian();
  }

  function paintJacobian() {
    const { readout, selection, plotlyValues, views, windows } = modules();
    const { jacobian } = now;
    Object.assign(now.cuts, selection.jacobianCuts(now));
    const names = [...views.JACOBIANS, ...views.JACOBIANS.map(views.zoom)];
    scaleToPixel();
    for (const name of names) {
      plotlyValues.hold(name, now);
      now.rested.delete(name);
    }
    const complete = paint(names);
    readout.show(selection.numbers(now));
    if (complete) element().dataset.jacobian = windows.name(jacobian.pixel);
    plotlyValues.drawAtRest(now, () => readout.busy(false), shown);
  }

  /** Without guidance images, and where the scale's scope is the pixel, the Jacobian views have the range of the
   * pixel's own Jacobian. */
  function scaleToPixel() {
    const { scaleBar, selection, views } = modules();
    for (const view of views.JACOBIANS) {
      for (const name of [view, views.zoom(view)]) {
        const plot = views.plot(name);
        const trace = plot && plot.data[0];
        if (!trace || !trace.meta || (now.summary && trace.meta.scope !== "pixel")) continue;
        Object.assign(trace, selection.ownRange(now.jacobian, trace.meta.scale));
        if (name === view) scaleBar.bar(view, trace);
      }
    }
  }

  async function fetchJacobian({ case: id, method, y, x }) {
    const query = new URLSearchParams({ case: id, method, y, x, format: "bin" });
    return modules().fetch.binary(`api/v1/jacobian?${query}`);
  }

  function missJacobian(_key, error) {
    modules().fetch.failed(error, notice);
  }

  let noticed = null;

  function notice(text) {
    if (text !== noticed) root.dash_clientside.set_props("notice-jacobian", { children: text });
    noticed = text;
  }

  function ask() {
    if (!shown()) return;
    requests = requests || new (modules().latestRequest.Latest)(fetchJacobian, takeJacobian, missJacobian);
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
    const { address, pin, theme, historySteps } = modules();
    historySteps.begin();
    address.begin();
    if (pixel) address.note({ ...pixel, pin: pin.held() ? 1 : "", theme: theme.current() });
    return true;
  }

  /** Figures, scene or summary changed: take in their images and colours. */
  function show(scene, summary, figures) {
    const { brushing, scene: scenes, readout, windows } = modules();
    const changed = !scenes.same(scene, now.scene);
    if (changed) forget();
    Object.assign(now, { scene, figures, summary: scenes.same(scene, summary) ? summary : null });
    if (!scene || scene.failed) {
      clear();
      brushing.update();
      return;
    }
    readout.names(scene);
    modules().colourCoded.update();
    takeImages();
    bars();
    followScatter();
    brushing.update();
    if (!now.pixel) return;
    now.pixel = windows.inside(now.pixel, scene.shape);
    store();
    refresh();
    if (changed) ask();
  }

  function followScatter() {
    const { brushStrokes, density, views } = modules();
    const plot = views.plot(views.SCATTER, repaint);
    if (plot) [density, brushStrokes].forEach((module) => module.follow(plot));
  }

  /** The selection changed: nothing of the former one may be taken for the new one's. */
  function forget() {
    Object.assign(now, { jacobian: null, cuts: {}, points: null, images: {}, imageCorrelation: NaN });
    const explorer = element();
    if (explorer) ["pixel", "jacobian"].forEach((name) => delete explorer.dataset[name]);
  }

  function takeImages() {
    const { scene: scenes, stats, views } = modules();
    const former = now.images;
    now.images = scenes.images(now.scene, now.figures);
    const [first, second] = views.GUIDANCE.map((view) => now.images[view]);
    if (!first || !second) now.imageCorrelation = NaN;
    else if (second !== former["guidance-1"]) now.imageCorrelation = stats.pearson(first.data, second.data);
    now.rgb = scenes.rgbImage(now.scene, now.figures, () => {
      now.rgb = scenes.rgbImage(now.scene, now.figures, () => {});
      if (shown()) refresh();
    });
  }

  function refresh() {
    modules().readout.reduced(now.scene);
    paintLinked();
    if (now.jacobian) paintJacobian();
  }

  function bars() {
    for (const view of [...modules().views.GUIDANCE, ...modules().views.JACOBIANS]) {
      const figure = now.figures[view];
      if (figure && figure.data) modules().scaleBar.bar(view, figure.data[0]);
    }
  }

  /** Nothing can be shown: no marks, no numbers, nothing of another selection, no answer pending. */
  function clear() {
    const { painter, readout, plotlyValues, views } = modules();
    clearTimeout(retryTimer);
    plotlyValues.stop();
    views.GRAPHS.forEach((name) => painter.blank(name));
    readout.nothing();
    if (requests) requests.forget();
  }

  function paintAll() {
    if (shown()) refresh();
    modules().brushing.paint();
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { explorer: { select, heard, begin, show, askAgain: ask, paintAll, repaint, now } });
})(typeof window === "undefined" ? globalThis : window);
