/* Fused images in colours on the Compare page: the switch's state, Ω and what the colours mean. */
(function (root) {
  "use strict";

  const COLOUR = "colour"; // dashboard/compare/state.py
  const STEP = 0.05;
  const now = { coded: "", omega: 0.6 };

  function modules() {
    return root.FuseVis;
  }

  function on() {
    return now.coded === COLOUR;
  }

  /** Which source gives the hue and which the brightness, of a case study of a scene. Pure. */
  function roles({ functional }) {
    return { colour: functional.source, bright: 1 - functional.source };
  }

  /** What a picture of a row is made of, as `compareTiles` reads it; null while colours are off or not there. */
  function content(row) {
    const { colourCoding, compare, compareData } = modules();
    const summed = on() && compareData.summed(row);
    if (!summed) return null;
    const { colour, bright } = roles(compare.now.scene.cases[row.case]);
    const rgba = () => colourCoding.paint(summed[colour], summed[bright], now.omega).data;
    return { object: summed, stamp: `${colour},${now.omega}`, shape: summed[0].shape, rgba };
  }

  /** Show what the controls say; `values` are some of coded and omega. */
  function choose(values) {
    Object.assign(now, values, values.coded === undefined ? {} : { coded: values.coded === COLOUR ? COLOUR : "" });
    modules().compareAddress.note({ coded: now.coded, omega: on() ? now.omega : "" });
    legend();
  }

  function slider(place) {
    const range = document.createElement("input");
    Object.assign(range, { id: "compare-omega-range", type: "range", min: 0, max: 1, step: STEP });
    range.addEventListener("input", () => {
      choose({ omega: Number(range.value) });
      modules().compare.paintAll();
    });
    const strip = Object.assign(document.createElement("div"), { className: "compare-hues number" });
    place.querySelector("label").after(range);
    place.append(strip);
    return range;
  }

  /** Ω, and a strip of the colours with the source that they stand for. */
  function legend() {
    const place = document.getElementById("compare-omega");
    if (!place) return;
    const range = place.querySelector("input") || slider(place);
    place.hidden = !on();
    range.value = String(now.omega);
    place.querySelector("output").textContent = now.omega.toFixed(2);
    const strip = place.querySelector(".compare-hues");
    strip.style.background = modules().colourCoding.gradient(now.omega);
    const { scene } = modules().compare.now;
    const known = scene && scene.cases[scene.case];
    if (!known) return;
    const { colour, bright } = roles(known);
    strip.textContent = known.modalities[colour];
    const hue = `Hue: summed gradient of ${known.modalities[colour]}, low to high`;
    strip.title = `${hue}. Brightness: that of ${known.modalities[bright]}`;
  }

  const api = { now, on, roles, content, choose, legend };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareCoded: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
