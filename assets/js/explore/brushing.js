/* The brush on the page: its pixels on all full images, its points in the scatter, its numbers.
 *
 * The store `brush` holds its text (brush.js); who changes the store changes the brush. */
(function (root) {
  "use strict";

  // Points that share a cell of this many screen pixels are drawn once.
  const CELL = 2;
  const NONE = {};
  const SIDE = 5;

  const now = { text: "", case: null, masks: {}, held: null, border: [], points: null, key: [] };
  const drawn = new Set();

  function modules() {
    return root.FuseVis;
  }

  /** The store has a brush, or the masks of a case study's regions arrived. */
  function take(text, masks) {
    Object.assign(now, { text: text || "", case: masks && masks.case, masks: (masks && masks.masks) || {} });
    note();
    update();
  }

  /** Tell the address. */
  function note() {
    modules().address.note({ brush: now.text });
  }

  /** Choose another brush: "" for none. */
  function set(text) {
    if (text !== now.text) root.dash_clientside.set_props("brush", { data: text });
  }

  function guidanceOf(images) {
    const pair = modules().views.GUIDANCE.map((view) => images[view]);
    return pair.every(Boolean) ? pair : null;
  }

  /** Compute what the brush holds, where the brush, the case study or the guidance images are new; then paint. */
  function update() {
    const { brush, explorer } = modules();
    const { scene, images } = explorer.now;
    const masks = scene && scene.case === now.case ? now.masks : NONE;
    const guidance = scene && !scene.failed ? guidanceOf(images) : null;
    const key = [now.text, scene && scene.case, scene && scene.failed, masks, guidance && guidance[1]];
    if (key.some((part, i) => part !== now.key[i])) {
      const known = scene && !scene.failed && scene.shape ? brush.parse(now.text) : null;
      const held = known && brush.mask(known, scene.shape, guidance, masks);
      Object.assign(now, { key, held, points: held && guidance ? brush.points(held, guidance) : null });
      now.border = held ? brush.border(held, scene.shape) : [];
      say();
    }
    paint();
  }

  function say() {
    const { brush, numbers } = modules();
    const element = document.getElementById("brush-numbers");
    if (!element) return;
    let text = "";
    if (now.held && !now.points) text = `n ${now.held.reduce((sum, on) => sum + on, 0)}`;
    if (now.points) {
      const { n, pearson, spearman, slope } = brush.numbers(now.points);
      const signed = (value) => numbers.signed(value, 2);
      text = `n ${n} · r ${signed(pearson)} · ρ ${signed(spearman)} · slope ${signed(slope)}`;
    }
    element.textContent = text;
    element.title = text && "pixels, Pearson and Spearman correlation, slope of guidance 2 over guidance 1";
    const explorer = document.getElementById("explorer");
    if (now.held) explorer.dataset.brush = now.text;
    else delete explorer.dataset.brush;
    document.getElementById("brush-clear").disabled = !now.text;
    link();
    const region = now.text.startsWith("region:") ? now.text.slice(7) : "";
    root.dash_clientside.set_props("brush-region", { value: region });
  }

  /** The way to the numbers of the brush, on the Regions page. */
  function link() {
    const element = document.getElementById("brush-link");
    const { scene } = modules().explorer.now;
    element.hidden = !now.held;
    if (now.held) element.href = `/regions?${modules().brush.regionsQuery(now.text, scene)}`;
  }

  function paint() {
    const { views } = modules();
    [...views.FULL, views.SCATTER].forEach(paintView);
  }

  /** Draw the brush over one view; whether anything was ever drawn there decides if it is cleared. */
  function paintView(name) {
    const { layers, views } = modules();
    if (!views.FULL.includes(name) && name !== views.SCATTER) return null;
    if (!now.held && !drawn.has(name)) return null;
    const plot = views.plot(name);
    const layer = plot && layers.start(`${name}-brush`);
    if (!layer) return null;
    drawn.add(name);
    const axes = views.axes(plot);
    clip(layer, axes);
    if (now.held && name !== views.SCATTER) pixels(layer, axes);
    if (now.points && name === views.SCATTER) points(layer, axes);
    layer.context.restore();
    return { layer, axes };
  }

  function clip({ context }, axes) {
    context.save();
    context.beginPath();
    context.rect(axes.left, axes.top, axes.width, axes.height);
    context.clip();
  }

  /** The border of the brush's pixels in green on a dark casing; a tint would falsify what the image says. */
  function pixels({ context }, axes) {
    const [height, width] = modules().explorer.now.scene.shape;
    const left = axes.x(-0.5), top = axes.y(-0.5);
    const scale = { x: (axes.x(width - 0.5) - left) / width, y: (axes.y(height - 0.5) - top) / height };
    context.beginPath();
    for (const [y0, x0, y1, x1] of now.border) {
      context.moveTo(left + x0 * scale.x, top + y0 * scale.y);
      context.lineTo(left + x1 * scale.x, top + y1 * scale.y);
    }
    line(context);
  }

  function line(context) {
    const { casing, green } = modules().layers.palette();
    for (const [style, width] of [[casing, 3], [green, 1.5]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    }
  }

  /** The points of the brush as outlined squares, larger than the density's cells. */
  function points({ context }, axes) {
    const { casing, green } = modules().layers.palette();
    const cells = new Map();
    for (let i = 0; i < now.points.x.length; i++) {
      const left = axes.x(now.points.x[i]), top = axes.y(now.points.y[i]);
      cells.set(`${Math.round(left / CELL)},${Math.round(top / CELL)}`, [left - SIDE / 2, top - SIDE / 2]);
    }
    context.fillStyle = casing;
    for (const [left, top] of cells.values()) context.fillRect(left - 1, top - 1, SIDE + 2, SIDE + 2);
    context.fillStyle = green;
    for (const [left, top] of cells.values()) context.fillRect(left, top, SIDE, SIDE);
  }

  /** A line that is being drawn over a view, in screen pixels of the graph. */
  function draft(name, corners) {
    drawn.add(name);
    const found = paintView(name);
    if (!found || !corners.length) return;
    const { context } = found.layer;
    context.beginPath();
    corners.forEach(([left, top], i) => (i ? context.lineTo(left, top) : context.moveTo(left, top)));
    context.closePath();
    line(context);
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, {
    brushing: { take, note, set, update, paint, paintView, draft, now },
  });
})(typeof window === "undefined" ? globalThis : window);
