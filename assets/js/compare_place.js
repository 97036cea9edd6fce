/* The bar above the rows: row and column to read and to type, and the presets, one a region of interest. */
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
      input.max = String(shape[axis === "y" ? 0 : 1] - 1);
    }
  }

  /** The presets of a case study, and which one is marked. */
  function presets(caseId, regions, marked) {
    const bar = document.getElementById("compare-presets");
    if (!bar) return;
    if (made !== caseId || !bar.dataset.case) bar.replaceChildren(...regions.map(button));
    made = bar.dataset.case = caseId;
    for (const each of bar.children) each.setAttribute("aria-pressed", String(each.dataset.region === marked));
  }

  function button({ id, title, contrast, y, x }) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "chip-button";
    element.textContent = title;
    element.title = `${contrast}. Go to the middle, row ${y}, column ${x}, and mark the region`;
    element.setAttribute("aria-label", `${title}: ${contrast}`);
    element.dataset.region = id;
    element.addEventListener("click", () => modules().compare.preset(id));
    return element;
  }

  function typed(event) {
    const axis = Object.keys(AXES).find((each) => event.target.id === AXES[each]);
    const { compare, comparePointer, place } = modules();
    const { pixel, scene } = compare.now;
    if (!axis || !pixel || !scene) return;
    const value = place.coordinate(event.target.value, compare.shape(scene.case)[axis === "y" ? 0 : 1]);
    const next = { ...pixel, ...(value === null ? {} : { [axis]: value }) };
    event.target.value = String(next[axis]);
    compare.select(next);
    comparePointer.pin(true);
  }

  function listen() {
    document.addEventListener("change", typed);
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { comparePlace: { show, presets, listen } });
})(typeof window === "undefined" ? globalThis : window);
