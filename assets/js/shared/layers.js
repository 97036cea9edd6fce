/* The thin canvases over the graphs: what follows the pointer is drawn here, in fractions of a millisecond.
 *
 * Everything is drawn in screen pixels of the graph, so canvas and graph coincide. */
(function (root) {
  "use strict";

  const layers = new Map();
  const scratch = new Map();
  const resized = [];
  let colours = null;

  const observer =
    typeof ResizeObserver === "undefined"
      ? null
      : new ResizeObserver((entries) => {
          for (const entry of entries) measure(entry.target);
          resized.forEach((callback) => callback());
        });

  function measure(canvas) {
    const ratio = root.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.fusevis = { width, height, ratio };
  }

  /** The drawing context of a view, cleared and in screen pixels; null where the view is not on the page. */
  function start(view) {
    let canvas = layers.get(view);
    if (!canvas || !canvas.isConnected) {
      canvas = document.getElementById(`${view}-layer`);
      if (!canvas) return null;
      layers.set(view, canvas);
      measure(canvas);
      observer.observe(canvas);
    }
    const context = canvas.getContext("2d");
    const { width, height, ratio } = canvas.fusevis;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height, ratio };
  }

  /** Colours of the marks, from the CSS variables of the theme. */
  function palette() {
    if (!colours) {
      const style = getComputedStyle(document.documentElement);
      const read = (name) => style.getPropertyValue(name).trim();
      colours = { mark: read("--mark"), casing: read("--mark-casing"), green: read("--window"), outside: read("--outside") };
    }
    return colours;
  }

  /** A rectangle of the mark's colour around an area, cased so that it shows on any ground. */
  function outline(layer, left, top, width, height) {
    const { context, ratio } = layer;
    const snap = (value) => Math.round(value * ratio) / ratio;
    const line = Math.max(1, Math.round(1.5 * ratio)) / ratio;
    const x = snap(left) - line / 2, y = snap(top) - line / 2;
    const w = snap(left + width) - snap(left) + line, h = snap(top + height) - snap(top) + line;
    context.lineJoin = "miter";
    context.strokeStyle = palette().casing;
    context.lineWidth = line + 2;
    context.strokeRect(x, y, w, h);
    context.strokeStyle = palette().mark;
    context.lineWidth = line;
    context.strokeRect(x, y, w, h);
  }

  /** Pixels given as RGBA, enlarged without smoothing to width × height at (left, top). */
  function pixels(layer, rgba, shape, left, top, width, height) {
    const [rows, columns] = shape;
    const key = `${rows},${columns}`;
    if (!scratch.has(key)) {
      const canvas = document.createElement("canvas");
      canvas.width = columns;
      canvas.height = rows;
      scratch.set(key, canvas.getContext("2d"));
    }
    const small = scratch.get(key);
    small.putImageData(new ImageData(rgba, columns, rows), 0, 0);
    layer.context.imageSmoothingEnabled = false;
    layer.context.drawImage(small.canvas, left, top, width, height);
  }

  /** Fill an area; `colour` defaults to the ground outside of images. */
  function fill(layer, left, top, width, height, colour) {
    layer.context.fillStyle = colour || palette().outside;
    layer.context.fillRect(left, top, width, height);
  }

  /** Dots of the window's colour, outlined; for readers who do not see green they are larger than the rest. */
  function dots(layer, xs, ys, radius) {
    const { context } = layer;
    context.beginPath();
    for (let i = 0; i < xs.length; i++) {
      context.moveTo(xs[i] + radius, ys[i]);
      context.arc(xs[i], ys[i], radius, 0, 7);
    }
    context.fillStyle = palette().green;
    context.strokeStyle = palette().casing;
    context.lineWidth = 1;
    context.fill();
    context.stroke();
  }

  function onResize(callback) {
    resized.push(callback);
  }

  function forgetColours() {
    colours = null;
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, {
    layers: { start, palette, outline, pixels, fill, dots, onResize, forgetColours },
  });
})(typeof window === "undefined" ? globalThis : window);
