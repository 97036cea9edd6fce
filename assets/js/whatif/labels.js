/* Names, controls, numbers and bars of the What if page as text. */
(function (root) {
  "use strict";

  const MEAN = "mean";
  const MOST = 64;
  const COLUMNS = ["actual", "predicted", "apart"];
  const AXES = { y: ["whatif-row-field", "row"], x: ["whatif-column-field", "column"] };

  function modules() {
    return root.FuseVis;
  }

  function write(place, text) {
    if (place && place.textContent !== text) place.textContent = text;
  }

  /** Grey levels with a sign: two decimals below ten, else one, a power of ten where that says nothing. Pure. */
  function grey(value) {
    const { number } = modules().numbers;
    if (!Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size > 0 && size < 0.005) return `${value < 0 ? "\u2212" : "+"}${size.toExponential(0)}`;
    const text = number(value, size < 10 ? 2 : size < 1000 ? 1 : 0);
    return value > 0 && Number(text) !== 0 ? `+${text}` : text;
  }

  /** A share as a percentage; a dash where there is none. Pure. */
  function percent(share) {
    if (!Number.isFinite(share)) return "–";
    return share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  }

  /** What was done to the source, in a sentence. Pure. */
  function sentence({ count, mean }, name, change) {
    if (!count) return change === "0" ? `${name} stays as it is.` : `${name} stays as it is: it cannot get darker or brighter there.`;
    const pixels = count === 1 ? "One pixel" : `${count} pixels`;
    const average = count === 1 ? "" : " on average";
    const kept = change !== MEAN && Math.abs(mean - Number(change)) > 0.05 ? ": values stay from 0 to 255" : "";
    return `${pixels} of ${name} changed by ${grey(mean)}${average}${kept}.`;
  }

  function numbers(found, key) {
    const { numbers: written, whatifNumbers } = modules();
    const table = whatifNumbers.table(found, key);
    const place = document.getElementById("whatif-numbers");
    for (const cell of place.querySelectorAll("[data-number]")) {
      const [name, column] = cell.dataset.number.split("-");
      write(cell, name === "share" ? percent(table.share) : grey(table[column][name]));
    }
    const { scene } = modules().whatif.now;
    write(document.getElementById("whatif-change-note"), sentence(whatifNumbers.changed(found), scene.modalities[key.source], key.change));
    const top = (image, name) => {
      const { value, y, x } = whatifNumbers.largest(image, found.box);
      note(name, value ? `largest ${grey(255 * value)} at ${y}, ${x}` : "none");
    };
    top(found.actual, "actual");
    top(found.predicted, "predicted");
    note("difference", `${percent(table.share)} of the change is not predicted`);
    note("changed", `reaches ${found.box.h} × ${found.box.w} fused pixels`);
    const value = (image) => written.number(255 * whatifNumbers.at(image, found.box, key), 1);
    note("before", `${value(found.before)} at ${key.y}, ${key.x}`);
    note("after", `${value(found.after)} at ${key.y}, ${key.x}`);
  }

  function note(name, text) {
    write(document.querySelector(`#whatif [data-note="${name}"]`), text);
  }

  /** The bars of the changes, in grey levels. */
  function bars(look) {
    const { scaleBar, whatifNumbers, whatifTiles } = modules();
    const trace = whatifTiles.trace(look.colours, look.most, whatifNumbers.LEVELS);
    whatifTiles.CHANGES.forEach((name) => scaleBar.bar(`whatif-${name}`, trace));
  }

  /** Bars and captions of the forward views. */
  function influence(found, look) {
    const { jacobianSpread, numbers: written, scaleBar, whatifTiles } = modules();
    const trace = whatifTiles.trace(look.colours, look.strongest);
    const { radius } = jacobianSpread.of(found);
    whatifTiles.INFLUENCES.forEach((name, k) => {
      scaleBar.bar(`whatif-${name}`, trace);
      const sum = found.images[k].data.reduce((total, value) => total + value, 0);
      const half = Number.isFinite(radius[k]) ? `, half in ${radius[k].toFixed(1)} px` : "";
      note(name, `at ${found.pixel.y}, ${found.pixel.x}: Σ ${written.signed(sum, 2)}${half}`);
    });
  }

  /** Names of the modalities, and the regions of the case study. */
  function names(scene) {
    document.querySelectorAll("#whatif [data-source]").forEach((place) => write(place, `${scene.modalities[place.dataset.source]} pixel`));
    document.querySelectorAll("#whatif-source [data-choice]").forEach((button) => {
      write(button, scene.modalities[button.dataset.choice]);
      button.title = `Change ${scene.modalities[button.dataset.choice]}`;
    });
    const bar = document.getElementById("whatif-regions");
    bar.replaceChildren(chip("", "pixel", "Change this pixel alone"), ...scene.regions.map((each) => chip(each.id, each.title, `Change the whole region: ${each.title}`, each)));
  }

  function chip(id, text, title, place) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "chip-button", textContent: text, title });
    button.dataset.region = id;
    const { whatif } = modules();
    button.addEventListener("click", () => whatif.choose(id ? { brush: `region:${id}`, y: place.y, x: place.x } : { brush: "" }));
    return button;
  }

  function field(axis) {
    const [id, label] = AXES[axis];
    const found = document.getElementById(id);
    const bar = document.getElementById("whatif-coordinates");
    if (found || !bar) return found;
    const name = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { id, type: "number", min: 0, step: 1, className: "coordinate" });
    name.append(label, " ", input);
    bar.append(name);
    return input;
  }

  /** The slider and the field of the grey levels; made here, so that no store is written at every step. */
  function slider() {
    const place = document.getElementById("whatif-levels");
    const range = document.getElementById("whatif-range");
    if (range || !place) return range;
    const common = { min: -MOST, max: MOST, step: 1 };
    const made = Object.assign(document.createElement("input"), { id: "whatif-range", type: "range", ...common });
    const number = Object.assign(document.createElement("input"), { id: "whatif-number", type: "number", className: "coordinate", ...common });
    number.setAttribute("aria-label", "Change in grey levels");
    const row = document.createElement("div");
    row.className = "whatif-slider";
    row.append(made, number);
    place.append(row);
    made.addEventListener("input", () => modules().whatif.choose({ change: made.value }));
    number.addEventListener("change", () => modules().whatif.choose({ change: String(levelOf(number.value)) }));
    return made;
  }

  /** A typed number of grey levels inside the slider's range; 0 for what is none. Pure. */
  function levelOf(text) {
    const value = Math.round(Number(text));
    return Number.isFinite(value) ? Math.min(MOST, Math.max(-MOST, value)) : 0;
  }

  /** Show what is chosen. A field that is being typed into is left alone. */
  function controls(state, levels, scene) {
    const { choices } = modules();
    choices.show("whatif-source", state.source);
    choices.show("whatif-kind", state.change === MEAN ? MEAN : "shift");
    choices.show("whatif-view", state.view);
    choices.show("whatif-gamma", state.gamma);
    if (scene && scene.modalities) write(document.querySelector("#whatif [data-changed]"), `${scene.modalities[state.source]}, changed`);
    const range = slider();
    if (!range) return;
    const number = document.getElementById("whatif-number");
    range.value = String(levels);
    number.value = String(levels);
    document.getElementById("whatif-levels").toggleAttribute("data-off", state.change === MEAN);
    range.disabled = number.disabled = state.change === MEAN;
    for (const axis of ["y", "x"]) {
      const input = field(axis);
      if (input !== document.activeElement) input.value = String(state[axis]);
      if (scene && scene.shape) input.max = String(scene.shape[axis === "y" ? 0 : 1] - 1);
    }
    const region = /^region:(.*)$/.exec(state.brush || "");
    const chosen = region ? region[1] : state.brush ? null : "";
    document.querySelectorAll("#whatif-regions [data-region]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.region === chosen));
    });
  }

  function typed(event) {
    const axis = Object.keys(AXES).find((each) => event.target.id === AXES[each][0]);
    const { pixelInput, whatif } = modules();
    if (!axis || !whatif.now.scene || !whatif.now.scene.shape) return;
    const value = pixelInput.coordinate(event.target.value, whatif.now.scene.shape[axis === "y" ? 0 : 1]);
    event.target.value = String(value === null ? whatif.now.state[axis] : value);
    if (value !== null && value !== whatif.now.state[axis]) whatif.choose({ [axis]: value, brush: "" });
  }

  /** Nothing can be shown. */
  function nothing() {
    document.querySelectorAll("#whatif-numbers [data-number]").forEach((cell) => write(cell, "–"));
    document.querySelectorAll("#whatif [data-note]").forEach((place) => write(place, ""));
    write(document.getElementById("whatif-change-note"), "");
  }

  function listen() {
    document.addEventListener("change", typed);
  }

  const api = { COLUMNS, grey, percent, sentence, levelOf, numbers, bars, influence, names, controls, nothing, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatifLabels: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
