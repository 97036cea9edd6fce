/* The eight pictures of the What if page, each one canvas. `look` is what is shown: see page.js. */
(function (root) {
  "use strict";

  const WHOLE = ["changed", "before", "after"];
  const CHANGES = ["actual", "predicted", "difference"];
  const INFLUENCES = ["influence-0", "influence-1"];
  const NAMES = [...WHOLE, ...CHANGES, ...INFLUENCES];
  const MARGIN = 2;
  // The side of the enlarged part, of that of its tile, and the largest part of an image that is one.
  const INSET = 0.36;
  const LARGEST_PART = 0.4;

  function modules() {
    return root.FuseVis;
  }

  /** A square around a box with some room, in the image where that is large enough. Pure. */
  function around(box, [height, width]) {
    const size = Math.max(box.h, box.w) + 2 * MARGIN;
    const into = (start, length, all) => (size >= all ? start - ((size - length) >> 1) : Math.min(all - size, Math.max(0, start - ((size - length) >> 1))));
    if (size >= Math.max(height, width)) return { y0: 0, x0: 0, h: height, w: width };
    return { y0: into(box.y0, box.h, height), x0: into(box.x0, box.w, width), h: size, w: size };
  }

  /** What a picture shows of the image: {y0, x0, h, w}; null where nothing is known. */
  function frame(name, look) {
    const { result, shape, view, influence, window: size } = look;
    const whole = { y0: 0, x0: 0, h: shape[0], w: shape[1] };
    if (WHOLE.includes(name)) return whole;
    if (INFLUENCES.includes(name)) return influence && size ? modules().windows.zoomFrame(influence.pixel, size) : whole;
    return view === "part" && result ? around(result.box, shape) : whole;
  }

  function trace(colours, most, scale = 1) {
    return { colorscale: colours.colorscale, meta: colours.meta, zmin: -most * scale, zmax: most * scale };
  }

  function rgba(values, colours) {
    return modules().colours.paint(values.data, colours, new Uint8ClampedArray(4 * values.data.length));
  }

  /** Draw an image {data, shape} at a box of the whole image. */
  function put(layer, spot, image, box, colours) {
    const { pictures } = modules();
    const canvas = pictures.native(rgba(image, colours), image.shape);
    const { context, ratio } = layer;
    context.imageSmoothingEnabled = spot.scale * ratio < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, ...spot.rectangle(box));
  }

  /** Where a frame lies in a tile: its scale, and rectangles of boxes and points of pixels on the screen. */
  function spotOf(shown, layer) {
    const { left, top, scale } = modules().windows.fit(shown, layer.width, layer.height);
    const x = (column) => left + (column - shown.x0) * scale, y = (row) => top + (row - shown.y0) * scale;
    return { scale, x, y, rectangle: ({ y0, x0, h, w }) => [x(x0), y(y0), w * scale, h * scale] };
  }

  function wholeImage(name, look, layer, spot) {
    const { pictures } = modules();
    const { result, sources, fused, source, shape } = look;
    const base = name === "changed" ? sources && sources[source] : fused;
    if (!base) return;
    put(layer, spot, base, { y0: 0, x0: 0, h: shape[0], w: shape[1] }, pictures.GREY);
    const patch = result && { changed: result.source, after: result.after }[name];
    if (patch) put(layer, spot, patch, result.box, pictures.GREY);
  }

  /** Signed values on the colour of zero, which is also what lies around their box. */
  function signed(values, box, look, layer, spot, most) {
    const { shape, colours } = look;
    const [left, top, width, height] = spot.rectangle({ y0: 0, x0: 0, h: shape[0], w: shape[1] });
    layer.context.fillStyle = colours.zero;
    layer.context.fillRect(left, top, width, height);
    put(layer, spot, values, box, trace(colours, most));
  }

  function region(layer, spot, lines) {
    const { context } = layer;
    context.beginPath();
    for (const [y0, x0, y1, x1] of lines) {
      context.moveTo(spot.x(x0), spot.y(y0));
      context.lineTo(spot.x(x1), spot.y(y1));
    }
    context.strokeStyle = modules().layers.palette().green;
    context.lineWidth = 1.25;
    context.stroke();
  }

  function marks(name, look, layer, spot) {
    const { layers, pictures: { one } } = modules();
    const { result, border, pixel, probe, influence } = look;
    if (INFLUENCES.includes(name)) {
      if (influence) layers.outline(layer, ...spot.rectangle(one(influence.pixel)));
      return;
    }
    if (result && WHOLE.includes(name)) layers.outline(layer, ...spot.rectangle(result.box));
    if (border.length) region(layer, spot, border);
    else layers.outline(layer, ...spot.rectangle(one(pixel)));
    if (probe) layers.dots(layer, [spot.x(probe.x + 0.5)], [spot.y(probe.y + 0.5)], 3);
  }

  /** Where the affected part is shown enlarged on a whole image: {frame, left, top, size}; null where it is no part.
   * In the lower corner that is further from it. Pure. */
  function inset({ result, shape }, width, height) {
    if (!result) return null;
    const part = around(result.box, shape);
    if (part.w > LARGEST_PART * Math.max(...shape)) return null;
    const size = Math.round(INSET * Math.min(width, height));
    const left = part.x0 + part.w / 2 < shape[1] / 2 ? width - size : 0;
    return { frame: part, left, top: height - size, size };
  }

  function enlarged(name, look, layer) {
    const place = inset(look, layer.width, layer.height);
    if (!place) return;
    const { left, top, size, frame: part } = place;
    const { context } = layer;
    const { scale, ...inner } = spotOf(part, { width: size, height: size });
    const spot = {
      scale,
      x: (column) => left + inner.x(column),
      y: (row) => top + inner.y(row),
      rectangle: (box) => { const [x, y, w, h] = inner.rectangle(box); return [left + x, top + y, w, h]; },
    };
    context.save();
    context.beginPath();
    context.rect(left, top, size, size);
    context.clip();
    modules().layers.fill(layer, left, top, size, size);
    wholeImage(name, look, layer, spot);
    if (look.border.length) region(layer, spot, look.border);
    else modules().layers.outline(layer, ...spot.rectangle(modules().pictures.one(look.pixel)));
    context.restore();
    modules().layers.outline(layer, left + 2, top + 2, size - 4, size - 4);
  }

  /** Paint one picture; false where it is not on the page. */
  function paint(name, look) {
    const layer = modules().layers.start(`whatif-${name}`);
    if (!layer) return false;
    const shown = frame(name, look);
    const spot = spotOf(shown, layer);
    layer.context.save();
    layer.context.beginPath();
    layer.context.rect(...spot.rectangle(shown));
    layer.context.clip();
    const { result, influence } = look;
    if (WHOLE.includes(name)) wholeImage(name, look, layer, spot);
    else if (CHANGES.includes(name) && result) signed(result[name], result.box, look, layer, spot, look.most);
    else if (INFLUENCES.includes(name) && influence) {
      signed(influence.images[INFLUENCES.indexOf(name)], influence.box, look, layer, spot, look.strongest);
    }
    marks(name, look, layer, spot);
    layer.context.restore();
    if (WHOLE.includes(name)) enlarged(name, look, layer);
    return true;
  }

  /** The pixel of the whole image under a point of the screen, null beside it. */
  function pixelAt(element, look, clientX, clientY) {
    const corner = element.getBoundingClientRect();
    let right = clientX - corner.left, down = clientY - corner.top;
    let shown = frame(element.dataset.tile, look), size = [corner.width, corner.height];
    const part = WHOLE.includes(element.dataset.tile) && inset(look, ...size);
    if (part && right >= part.left && right < part.left + part.size && down >= part.top) {
      [right, down, shown, size] = [right - part.left, down - part.top, part.frame, [part.size, part.size]];
    }
    const { left, top, scale } = modules().windows.fit(shown, ...size);
    const y = shown.y0 + Math.floor((down - top) / scale);
    const x = shown.x0 + Math.floor((right - left) / scale);
    const inFrame = y >= shown.y0 && x >= shown.x0 && y < shown.y0 + shown.h && x < shown.x0 + shown.w;
    return inFrame && y >= 0 && x >= 0 && y < look.shape[0] && x < look.shape[1] ? { y, x } : null;
  }

  const api = { NAMES, WHOLE, CHANGES, INFLUENCES, around, inset, frame, trace, paint, pixelAt };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatifTiles: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
