/* The fused image of the Explore page in colours: grey, split at the pixel's column, or coloured throughout.
 *
 * Both summed gradients are fetched once for a case study and a method, when colours are first asked for; the
 * picture is painted again only when Ω or the source that gives the colour changes, and copied to the views. */
(function (root) {
  "use strict";

  const STEP = 0.05;
  const now = { mode: "", omega: 0.6, hue: "", key: "", gradients: null, problem: "" };
  let panel = null;
  let picture = { key: "", canvas: null };
  let requests = null;

  function modules() {
    return root.FuseVis;
  }

  /** Which source gives the colour, and which the brightness: by choice, else the functional one. Pure. */
  function roles(hue, functional) {
    const colour = hue === "" || hue === undefined ? functional.source : Number(hue);
    return { colour, bright: 1 - colour };
  }

  /** The key of a scene. Pure. */
  function keyOf(scene) {
    return `${scene.case}/${scene.method}`;
  }

  /** The part of a frame {y0, x0, h, w} that is coloured: inside the image, from a column on. Pure. */
  function coloured(frame, [height, width], from) {
    const top = Math.max(0, frame.y0), left = Math.max(0, from, frame.x0);
    const h = Math.min(height, frame.y0 + frame.h) - top, w = Math.min(width, frame.x0 + frame.w) - left;
    return h > 0 && w > 0 ? { y0: top, x0: left, h, w } : null;
  }

  function element() {
    return document.getElementById("coded");
  }

  function scene() {
    const { scene: shown } = modules().explorer.now;
    return shown && !shown.failed ? shown : null;
  }

  /** A page that was just laid out says in its attributes what its link asks for. */
  function begin() {
    const place = element();
    if (!place || place === panel) return;
    panel = place;
    const { coded = "", omega, hue = "" } = place.dataset;
    Object.assign(now, { mode: coded, omega: Number(omega), hue, key: "", gradients: null, problem: "" });
    slider(place);
    note();
    label();
  }

  function slider(place) {
    const range = Object.assign(document.createElement("input"), { id: "omega", type: "range", min: 0, max: 1, step: STEP });
    range.value = String(now.omega);
    range.addEventListener("input", () => choose({ omega: Number(range.value) }));
    place.querySelector(".coded-omega label").after(range);
  }

  function note() {
    const { mode: coded, omega, hue } = now;
    modules().address.note({ coded, omega: coded ? omega : null, hue: coded ? hue : "" });
  }

  /** Show something else. */
  function choose(values) {
    Object.assign(now, values);
    note();
    update();
  }

  /** The scene or the choice changed: fetch what is missing, paint. */
  function update() {
    begin();
    const shown = scene();
    if (now.mode && shown && now.key !== keyOf(shown)) {
      Object.assign(now, { key: keyOf(shown), gradients: null, problem: "" });
      requests = requests || new (modules().latestRequest.Latest)(send, receive, fail);
      requests.ask({ case: shown.case, method: shown.method });
    }
    label();
    ["fused", "fused-zoom"].forEach((name) => modules().explorer.repaint(name));
  }

  async function send({ case: id, method }) {
    return modules().fetch.binary(`api/v1/summed?${new URLSearchParams({ case: id, method, format: "bin" })}`);
  }

  function receive(key, buffer) {
    if (keyOf(key) !== now.key) return;
    now.gradients = modules().wire.images(buffer);
    update();
  }

  function fail(key, error) {
    if (keyOf(key) !== now.key) return;
    if (error instanceof modules().fetch.ServerGone) now.key = ""; // asked again when one is back
    modules().fetch.failed(error, (sentence) => (now.problem = sentence));
    label();
  }

  /** The painted picture on a canvas of its own; null while colours are off or not there. */
  function painted() {
    const shown = scene();
    if (!now.mode || !now.gradients || !shown || now.key !== keyOf(shown) || !shown.functional) return null;
    const { colour, bright } = roles(now.hue, shown.functional);
    const key = [now.key, colour, now.omega].join();
    if (picture.key !== key) {
      const { data, shape: [height, width] } = modules().colourCoding.paint(now.gradients[colour], now.gradients[bright], now.omega);
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
      picture = { key, canvas };
    }
    return picture.canvas;
  }

  /** Draw the coloured part of a frame of the fused image; `place` tells where a pixel's left upper corner is. */
  function draw(layer, frame, shape, pixel, place, smooth) {
    const canvas = painted();
    const part = canvas && coloured(frame, shape, now.mode === "split" ? pixel.x : 0);
    if (!part) return;
    const { y0, x0, h, w } = part;
    const [left, top] = place(y0, x0), [right, bottom] = place(y0 + h, x0 + w);
    layer.context.imageSmoothingEnabled = smooth;
    layer.context.drawImage(canvas, x0, y0, w, h, left, top, right - left, bottom - top);
  }

  const ENLARGED = 4;

  /** The coloured part of a frame as an image of a Plotly figure, for files; null without one. */
  function image(frame, shape, pixel) {
    const canvas = painted();
    const part = canvas && coloured(frame, shape, now.mode === "split" ? pixel.x : 0);
    if (!part) return null;
    const { y0, x0, h, w } = part;
    // enlarged here, pixels keep their edges in the file
    const large = Object.assign(document.createElement("canvas"), { width: ENLARGED * w, height: ENLARGED * h });
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, x0, y0, w, h, 0, 0, large.width, large.height);
    const place = { x: x0 - 0.5, y: y0 - 0.5, sizex: w, sizey: h, xanchor: "left", yanchor: "top", xref: "x", yref: "y" };
    return { source: large.toDataURL(), ...place, sizing: "stretch", layer: "above" };
  }

  function write(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  /** What the panel says: the choice, Ω, and what colour and brightness mean. */
  function label() {
    const place = element();
    if (!place) return;
    place.dataset.coded = now.mode;
    modules().choices.show("coded-modes", now.mode);
    const range = place.querySelector("#omega");
    if (range) Object.assign(range, { value: String(now.omega), disabled: !now.mode });
    write(place.querySelector(".coded-omega output"), now.omega.toFixed(2));
    const shown = scene();
    place.toggleAttribute("data-painted", Boolean(painted()));
    write(place.querySelector(".coded-state"), now.mode ? now.problem || (now.gradients ? "" : "computing …") : "");
    if (shown && painted()) legend(place, shown);
  }

  function legend(place, shown) {
    const { colour, bright } = roles(now.hue, shown.functional);
    const { colourCoding, numbers } = modules();
    for (const [name, k, role] of [[".coded-hue", colour, "Colour"], [".coded-value", bright, "Brightness"]]) {
      const row = place.querySelector(name);
      const { low, high } = colourCoding.range(now.gradients[k]);
      write(row.querySelector(".coded-name"), shown.modalities[k]);
      row.title = `${role}: Σ ∂y/∂x of ${shown.modalities[k]} over all fused pixels, ${numbers.tick(low)} to ${numbers.tick(high)}`;
      const ends = row.querySelectorAll(".coded-end");
      write(ends[0], numbers.tick(low));
      write(ends[1], numbers.tick(high));
    }
    place.querySelector(".coded-hue .coded-strip").style.background = colourCoding.gradient(now.omega);
    const swap = place.querySelector(".coded-swap");
    const why = shown.functional.known ? "" : "No modality, or more than one, is a functional one by its name: the second is taken. ";
    swap.title = `${why}Let ${shown.modalities[bright]} give the colour`;
    swap.toggleAttribute("data-unsure", !shown.functional.known && now.hue === "");
  }

  function swapped(event) {
    const swap = event.target.closest && event.target.closest("#coded .coded-swap");
    if (swap && scene()) choose({ hue: String(roles(now.hue, scene().functional).bright) });
  }

  function listen() {
    document.addEventListener("click", swapped);
    document.addEventListener("fusevis-choice", ({ detail: { group, value } }) => group === "coded-modes" && choose({ mode: value }));
    document.addEventListener("fusevis-server-back", update);
    document.addEventListener("fusevis-arrived", ({ detail: { coded, omega, hue } }) => {
      if (element()) choose({ mode: coded || "", omega: omega === null ? now.omega : omega, hue: hue || "" });
    });
  }

  const api = { now, roles, coloured, update, draw, image, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { colourCoded: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
