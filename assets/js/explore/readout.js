/* The readout and the names around the views. */
(function (root) {
  "use strict";

  /** The text of every row, from what is known of a pixel. Pure. */
  function texts(known) {
    const { NONE, each, number, signed } = root.FuseVis.numbers;
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
      stage: known.stage || NONE,
    };
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
    Object.values(rows).forEach((place) => write(place, root.FuseVis.numbers.NONE));
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

  const api = { texts, show, nothing, busy, names, reduced };
  root.FuseVis = Object.assign(root.FuseVis || {}, { readout: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
