/* The bar below the images: row and column to read and to type, and buttons to the regions of interest. */
(function (root) {
  "use strict";

  const AXES = { y: "pixel-row", x: "pixel-column" };
  const LABELS = { y: "row", x: "column" };

  let regionsOf = null;

  /** Show a pixel, and the regions of the case study. A field that is being typed into is left alone. */
  function show({ scene, pixel }) {
    for (const [axis, id] of Object.entries(AXES)) {
      const field = document.getElementById(id) || make(axis, id);
      if (!field) return;
      const text = String(pixel[axis]);
      if (field !== document.activeElement && field.value !== text) field.value = text;
      const last = String(scene.shape[axis === "y" ? 0 : 1] - 1);
      if (field.max !== last) field.max = last;
    }
    regions(scene);
  }

  /** A field for one coordinate; made here, because Dash's fields take no value that Dash did not write. */
  function make(axis, id) {
    const bar = document.getElementById("coordinates");
    if (!bar) return null;
    const label = document.createElement("label");
    const field = Object.assign(document.createElement("input"), { id, type: "number", min: 0, step: 1, className: "coordinate" });
    label.append(LABELS[axis], " ", field);
    bar.append(label);
    return field;
  }

  function regions(scene) {
    const bar = document.getElementById("regions");
    if (!bar || (regionsOf === scene.case && bar.dataset.case === scene.case)) return;
    regionsOf = bar.dataset.case = scene.case;
    bar.replaceChildren(...(scene.regions || []).map(button));
    bar.hidden = !bar.firstChild;
  }

  function button({ id, title, y, x }) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "chip-button";
    made.textContent = title;
    made.title = `Go to the middle of this region: row ${y}, column ${x}`;
    made.dataset.region = id;
    made.addEventListener("click", () => go({ y, x }));
    return made;
  }

  /** Select and pin a pixel, and bring it into view. */
  function go(pixel) {
    root.FuseVis.pin.select(pixel);
    root.FuseVis.viewport.reveal(pixel);
  }

  function typed(event) {
    const axis = Object.keys(AXES).find((each) => event.target.id === AXES[each]);
    const { explorer, pin, pixelInput, viewport, windows } = root.FuseVis;
    const { scene, pixel } = explorer.now;
    if (!axis || !scene || !scene.shape || !pixel) return;
    const value = pixelInput.coordinate(event.target.value, scene.shape[axis === "y" ? 0 : 1]);
    const next = { ...pixel, ...(value === null ? {} : { [axis]: value }) };
    event.target.value = String(next[axis]);
    if (windows.same(next, pixel)) return;
    if (pin.held()) explorer.select(next);
    else pin.select(next);
    viewport.reveal(next);
  }

  /** The query of the What if page for what is shown here. Pure. */
  function whatIfQuery({ case: id, method, y, x, brush, theme }) {
    return root.FuseVis.addresses.written(Object.entries({ case: id, method, y, x, brush, theme }));
  }

  function linked(event) {
    const link = event.target.closest && event.target.closest("#whatif-link");
    if (link) link.search = whatIfQuery(root.FuseVis.address.current());
  }

  function listen() {
    document.addEventListener("change", typed);
    ["pointerdown", "focusin", "click"].forEach((name) => document.addEventListener(name, linked, true));
  }

  const api = { whatIfQuery, show, go, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { pixelBar: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
