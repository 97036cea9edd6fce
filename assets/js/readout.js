/* The readout and the names and bars around the views: numbers as text. */
(function (root) {
  "use strict";

  const MINUS = "\u2212";
  const NONE = "–";

  /** A number with a fixed count of decimals and a real minus sign; a dash where there is none. Pure. */
  function number(value, decimals = 3) {
    if (typeof value !== "number" || !Number.isFinite(value)) return NONE;
    const text = Math.abs(value).toFixed(decimals);
    return value < 0 && Number(text) !== 0 ? MINUS + text : text;
  }

  /** The same with a sign always shown: a gradient is never just a size. Pure. */
  function signed(value, decimals = 4) {
    const text = number(value, decimals);
    return text === NONE || text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
  }

  /** One text for the numbers of all sources. Pure. */
  function each(values, text) {
    return values ? values.map((value) => (Number.isFinite(value) ? text(value) : NONE)).join(" · ") : NONE;
  }

  /** Three significant digits for the end of a scale. Pure. */
  function tick(value) {
    if (value === 0) return "0";
    const text = Math.abs(value) < 0.001 || Math.abs(value) >= 10000 ? value.toExponential(0) : String(Number(value.toPrecision(2)));
    return text.replace("-", MINUS);
  }

  /** The text of every row, from what is known of a pixel. Pure. */
  function texts(known) {
    const share = known.hidden;
    const { share: shares, negative, radius } = known.spread || {};
    const percent = (value) => `${(100 * value).toFixed(0)} %`;
    return {
      pixel: `${known.pixel.y}, ${known.pixel.x}`,
      "source-0": number(known.sources[0]),
      "source-1": number(known.sources[1]),
      fused: number(known.fused),
      "gradient-0": signed(known.gradients[0]),
      "gradient-1": signed(known.gradients[1]),
      "correlation-window": signed(known.correlation.window, 2),
      "correlation-image": signed(known.correlation.image, 2),
      share: each(shares, percent),
      negative: each(negative, percent),
      radius: radius ? `${each(radius, (value) => value.toFixed(1))} px` : NONE,
      hidden: typeof share === "number" ? `${(100 * share).toFixed(1)} %` : NONE,
    };
  }

  /** Labels of a colour bar: [place along the bar, text]. `ticks` are (place, share of zmin … zmax). Pure. */
  function labels(trace) {
    const value = (share) => trace.zmin + share * (trace.zmax - trace.zmin);
    return trace.meta.ticks.map(([place, share]) => [place, tick(value(share))]);
  }

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  let list = null;
  let rows = {};

  function find() {
    if (list && list.isConnected) return;
    list = document.getElementById("readout");
    const places = list ? [...list.querySelectorAll("[data-value]")] : [];
    rows = Object.fromEntries(places.map((place) => [place.dataset.value, place]));
  }

  /** Show what is known of a pixel. */
  function show(known) {
    find();
    for (const [name, text] of Object.entries(texts(known))) write(rows[name], text);
  }

  /** Show that nothing is known. */
  function nothing() {
    find();
    Object.values(rows).forEach((place) => write(place, NONE));
  }

  /** A screen reader stays silent while the pixel moves. */
  function busy(moving) {
    if (list && list.isConnected) list.setAttribute("aria-busy", String(moving));
  }

  /** Whether full images have more pixels than their tiles: then they are drawn smoothed. */
  function reduced(scene) {
    const explorer = document.getElementById("explorer");
    const tile = explorer.querySelector(".view.full");
    explorer.toggleAttribute("data-reduced", Math.max(...scene.shape) > tile.clientWidth * (root.devicePixelRatio || 1));
  }

  /** Names of modalities and the window's size, wherever the page has a place for them. */
  function names(scene) {
    const size = scene.window ? `${scene.window[0]} × ${scene.window[1]}` : "whole image";
    document.querySelectorAll("[data-modality]").forEach((el) => write(el, scene.modalities[el.dataset.modality]));
    document.querySelectorAll("[data-window]").forEach((el) => write(el, size));
  }

  const drawn = new Map();

  /** The colour bar of a view, from its trace. */
  function bar(view, trace) {
    const element = document.getElementById(`${view}-bar`);
    if (!element || !trace || !trace.meta) return;
    const key = JSON.stringify([trace.meta, trace.zmin, trace.zmax]);
    if (drawn.get(view) === key && element.firstChild) return;
    drawn.set(view, key);
    const strip = document.createElement("div");
    strip.className = "bar-strip";
    strip.style.background = trace.meta.gradient;
    const marks = labels(trace).map(([place, text], i, all) => {
      const mark = document.createElement("span");
      mark.className = all.length > 3 && i % 2 ? "bar-tick low" : "bar-tick";
      mark.style.setProperty("--place", place);
      mark.textContent = text;
      return mark;
    });
    element.replaceChildren(strip, ...marks);
  }

  const api = { number, signed, tick, texts, labels, show, nothing, busy, names, reduced, bar };
  root.FuseVis = Object.assign(root.FuseVis || {}, { readout: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
