/* The bar above the rows: row and column to read and to type, and the presets, one a region of interest, with a
 * square for every source that says how bright it is there. */
(function (root) {
  "use strict";

  const AXES = { y: "compare-row-field", x: "compare-column-field" };
  const LABELS = { y: "row", x: "column" };

  let made = "";

  function modules() {
    return root.FuseVis;
  }

  function field(axis) {
    const found = document.getElementById(AXES[axis]);
    const bar = document.getElementById("compare-coordinates");
    if (found || !bar) return found;
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), {
      id: AXES[axis], type: "number", min: 0, step: 1, className: "coordinate",
    });
    label.append(LABELS[axis], " ", input);
    bar.append(label);
    return input;
  }

  /** Show a pixel of an image of this shape. A field that is being typed into is left alone. */
  function show(pixel, shape) {
    for (const axis of ["y", "x"]) {
      const input = field(axis);
      if (!input) return;
      const text = String(pixel[axis]);
      if (input !== document.activeElement && input.value !== text) input.value = text;
      const last = String(shape[axis === "y" ? 0 : 1] - 1);
      if (input.max !== last) input.max = last;
    }
  }

  /** What is said of a source beside its name while a region is marked: "necrotic core is bright". Pure. */
  function said({ regions }, marked, k) {
    const region = regions.find((each) => each.id === marked);
    return region ? `${region.title} is ${region.tones[k]}` : "";
  }

  /** The presets of a scene's first case study, which one is marked, and how it looks in the sources. */
  function presets(scene, marked) {
    const bar = document.getElementById("compare-presets");
    if (!bar) return;
    const { regions } = scene.cases[scene.case];
    if (made !== scene.case || bar.dataset.case !== scene.case) bar.replaceChildren(...regions.map(button));
    made = bar.dataset.case = scene.case;
    for (const each of bar.children) each.setAttribute("aria-pressed", String(each.dataset.region === marked));
    for (const note of document.querySelectorAll("#compare-sources [data-source]")) {
      note.textContent = said(scene.cases[note.dataset.case], marked, Number(note.dataset.source));
    }
  }

  function button({ id, title, contrast, tones, y, x }) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "chip-button preset";
    element.title = `${contrast}. Go to the middle, row ${y}, column ${x}, and mark the region`;
    element.setAttribute("aria-label", `${title}: ${contrast}`);
    element.dataset.region = id;
    const swatches = document.createElement("span");
    swatches.className = "preset-swatches";
    swatches.append(...tones.map(swatch));
    element.append(swatches, title);
    element.addEventListener("click", () => modules().compare.preset(id));
    return element;
  }

  function swatch(tone) {
    const element = document.createElement("span");
    element.className = tone;
    return element;
  }

  function typed(event) {
    const axis = Object.keys(AXES).find((each) => event.target.id === AXES[each]);
    const { compare, comparePointer, pixelInput } = modules();
    const { pixel, scene } = compare.now;
    if (!axis || !pixel || !scene) return;
    const value = pixelInput.coordinate(event.target.value, compare.shape(scene.case)[axis === "y" ? 0 : 1]);
    const next = { ...pixel, ...(value === null ? {} : { [axis]: value }) };
    event.target.value = String(next[axis]);
    compare.select(next);
    comparePointer.pin(true);
  }

  function listen() {
    document.addEventListener("change", typed);
  }

  const api = { said, show, presets, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { comparePlace: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
