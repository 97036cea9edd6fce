/* Two fused images over each other: blended, divided by a line, in turns, or subtracted. */
(function (root) {
  "use strict";

  const FLICKER_MS = 250; // each image for as long: both are seen twice a second
  const SPOKEN = { blend: "Share of B", swipe: "Place of the line", flicker: "", difference: "" };

  const now = { first: "", second: "", mode: "blend", mix: 50, turn: 0 };
  let timer = null;
  let dragged = false;
  let observer = null;
  let watched = null;
  let near = true;
  let kept = { key: "", a: null, b: null, canvas: null, text: "" };

  function modules() {
    return root.FuseVis;
  }

  function panel() {
    return document.getElementById("compare-pair");
  }

  /** (1 − share) a + share b, value by value. Pure. */
  function blend(a, b, share) {
    return a.map((value, i) => (1 - share) * value + share * b[i]);
  }

  /** a − b, and its largest magnitude. Pure. */
  function difference(a, b) {
    let magnitude = 0;
    const data = a.map((value, i) => {
      const found = value - b[i];
      magnitude = Math.max(magnitude, Math.abs(found));
      return found;
    });
    return { data, magnitude };
  }

  /** Left of the line is a, from it on is b; `share` is the place of the line. Pure. */
  function swipe(a, b, [, columns], share) {
    const line = Math.round(share * columns);
    return a.map((value, i) => (i % columns < line ? value : b[i]));
  }

  /** Which share of the width a press lies at, in whole per cent. Pure. */
  function percent(place, left, width) {
    return Math.round(100 * Math.min(1, Math.max(0, (place - left) / width)));
  }

  function rowOf(method) {
    const { scene } = modules().compare.now;
    return { key: `${scene.case}/${method}`, case: scene.case, method };
  }

  /** The two fused images, null while one is not there; images of methods without a row are fetched. */
  function images() {
    const { compareData } = modules();
    const found = [now.first, now.second].map((method) => compareData.fused(rowOf(method)));
    return found.every(Boolean) ? found : null;
  }

  /** {data, shape}, the colours and the sentence of what is shown. */
  function shown([a, b]) {
    const { compare, compareScales, pictures } = modules();
    const share = now.mix / 100;
    const names = [now.first, now.second].map((method) => compare.title(method));
    if (now.mode === "difference") {
      const { data, magnitude } = difference(a.data, b.data);
      const trace = compareScales.trace(compare.now.colours.difference, { magnitude });
      return { data, trace, text: `A − B, ±${Number(magnitude.toPrecision(3))}: amber where A is brighter, blue where B is` };
    }
    const grey = { trace: pictures.GREY };
    if (now.mode === "blend") {
      return { ...grey, data: blend(a.data, b.data, share), text: `${100 - now.mix} % A, ${now.mix} % B` };
    }
    if (now.mode === "swipe") return { ...grey, data: swipe(a.data, b.data, a.shape, share), text: "A left of the line, B right of it" };
    return { ...grey, data: now.turn ? b.data : a.data, text: `shows ${now.turn ? "B" : "A"}: ${names[now.turn]}` };
  }

  /** The picture on a canvas of its own, made where something has changed. */
  function sheet(pair) {
    const { compare, pictures } = modules();
    const { first, second, mode, mix, turn } = now;
    const key = [compare.now.scene.case, first, second, mode, mix, turn].join();
    if (kept.key !== key || kept.a !== pair[0] || kept.b !== pair[1]) {
      const { data, trace, text } = shown(pair);
      const rgba = modules().colours.paint(data, trace, new Uint8ClampedArray(4 * data.length));
      kept = { key, a: pair[0], b: pair[1], canvas: pictures.native(rgba, pair[0].shape), text };
    }
    return kept;
  }

  /** The values of both images at a pixel, and how far they are apart. Pure. */
  function values([a, b], pixel) {
    const { arrays, numbers } = modules();
    const at = [a, b].map((image) => arrays.at(image, pixel));
    const [first, second, apart] = [...at, Math.abs(at[0] - at[1])].map((value) => numbers.number(value));
    return `A ${first}, B ${second}, |A − B| ${apart}`;
  }

  /** Draw the picture, the line of the swipe and the mark of the pixel. */
  function paint() {
    const { compare, layers, pictures, windows } = modules();
    const { scene, pixel, colours } = compare.now;
    if (!panel() || !scene || !colours) return;
    const hidden = Boolean(scene.case2) || !scene.cases[scene.case];
    document.querySelector(".pair-panel").hidden = hidden;
    if (hidden || !now.first || !inSight(panel())) return;
    const layer = layers.start("compare-pair");
    const pair = images();
    if (!layer || !pair) return;
    const [h, w] = pair[0].shape;
    const place = windows.fit({ h, w }, layer.width, layer.height);
    const { canvas, text } = sheet(pair);
    pictures.enlarged(layer, canvas, place.left, place.top, place.scale);
    if (now.mode === "swipe") line(layer, place.left + (now.mix / 100) * w * place.scale, place.top, h * place.scale);
    if (pixel) layers.outline(layer, ...pictures.rectangle(place, pictures.one(pixel)));
    say("compare-said", text);
  }

  /** Say the values at the pixel. */
  function tell() {
    const { pixel, scene } = modules().compare.now;
    const pair = panel() && pixel && !scene.case2 ? images() : null;
    say("compare-values", pair ? values(pair, pixel) : "");
  }

  /** Whether any of the panel is on the screen; it is painted when it comes there. */
  function inSight(element) {
    if (watched !== element) {
      if (!observer) observer = new IntersectionObserver(([entry]) => {
        near = entry.isIntersecting;
        if (near) paint();
      });
      observer.disconnect();
      observer.observe(element);
      watched = element;
      near = true;
    }
    return near;
  }

  function line({ context, ratio }, x, top, height) {
    context.fillStyle = modules().layers.palette().mark;
    context.fillRect(Math.round(x * ratio) / ratio - 1, top, 2, height);
  }

  function say(id, text) {
    const place = document.getElementById(id);
    if (place && place.textContent !== text) place.textContent = text;
  }

  /** Show what the controls say; `values` are some of first, second, mode and mix. */
  function choose(values) {
    const mode = values.mode !== undefined && values.mode !== now.mode;
    Object.assign(now, values);
    if (!panel()) return;
    panel().dataset.mode = now.mode;
    slider();
    const flickers = now.mode === "flicker";
    const button = document.getElementById("compare-play");
    button.hidden = !flickers;
    if (mode) play(flickers && !root.matchMedia("(prefers-reduced-motion: reduce)").matches);
    paint();
  }

  function slider() {
    const bar = document.getElementById("compare-mix");
    const label = document.getElementById("compare-mix-label");
    let range = document.getElementById("compare-mix-range");
    if (!range) {
      range = Object.assign(document.createElement("input"), { id: "compare-mix-range", type: "range", min: 0, max: 100, step: 1 });
      range.addEventListener("input", () => mixed(Number(range.value)));
      bar.append(range);
    }
    range.value = String(now.mix);
    bar.hidden = !SPOKEN[now.mode];
    label.textContent = SPOKEN[now.mode];
  }

  function mixed(mix) {
    choose({ mix });
    modules().compareAddress.note({ mix });
  }

  /** Begin or end to switch by itself. */
  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(turn, FLICKER_MS) : null;
    const button = document.getElementById("compare-play");
    if (!button) return;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Stop" : "Play, twice a second";
  }

  function turn() {
    if (!panel() || now.mode !== "flicker") {
      play(false);
      return;
    }
    now.turn = 1 - now.turn;
    paint();
  }

  /** The panel as a tile to point at, null where a target is not in it or the line is dragged there. */
  function tile(target) {
    const { scene } = modules().compare.now;
    const element = target.closest && target.closest(".pair-picture");
    return element && scene ? { kind: "pair", element, case: scene.case } : null;
  }

  function drag(event) {
    const { windows, compare } = modules();
    const corner = panel().getBoundingClientRect();
    const [h, w] = compare.shape(compare.now.scene.case);
    const { left, scale } = windows.fit({ h, w }, corner.width, corner.height);
    mixed(percent(event.clientX, corner.left + left, w * scale));
  }

  function listen() {
    document.addEventListener("pointerdown", (event) => {
      const inside = event.target.closest && event.target.closest(".pair-picture");
      if (!inside || now.mode !== "swipe" || event.button !== 0 || !modules().compare.now.scene) return;
      dragged = true;
      drag(event);
    });
    document.addEventListener("pointermove", (event) => dragged && panel() && drag(event), { passive: true });
    // after the pointer module has heard of the release, which is no click then
    document.addEventListener("pointerup", () => setTimeout(() => (dragged = false)));
    document.addEventListener("click", (event) => {
      if (event.target.closest && event.target.closest("#compare-play")) play(timer === null);
    });
  }

  const api = { blend, difference, swipe, percent, values, now, choose, paint, tell, tile, dragging: () => dragged, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { comparePair: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
