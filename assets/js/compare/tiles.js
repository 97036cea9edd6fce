/* The tiles of the Compare page, each one canvas: a picture that stands still, kept at the size of the screen,
 * and above it the marks of the pixel.
 *
 * A tile is {name, kind, k, row, case}: the id of its canvas, what it shows, of which source, of which row (none
 * for a source), of which case study. `look` is what is shown: see page.js. */
(function (root) {
  "use strict";

  const kept = new Map();
  const numbers = new WeakMap();
  let counted = 0;
  let read = {};

  function modules() {
    return root.FuseVis;
  }

  /** A number for an object, the same every time. */
  function numberOf(object) {
    if (!object) return 0;
    if (!numbers.has(object)) numbers.set(object, ++counted);
    return numbers.get(object);
  }

  /** A variable of the theme. */
  function style(name) {
    if (!(name in read)) read[name] = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return read[name];
  }

  function forgetColours() {
    read = {};
    kept.clear();
  }

  /** Each channel min-max scaled on its own, as 8-bit RGBA; a constant channel is 0. Pure. */
  function rgb(channels) {
    const [{ data }] = channels;
    const out = new Uint8ClampedArray(4 * data.length).fill(255);
    channels.forEach(({ data: values }, c) => {
      let low = Infinity, high = -Infinity;
      for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const factor = high > low ? 255 / (high - low) : 0;
      for (let i = 0; i < values.length; i++) out[4 * i + c] = Math.round((values[i] - low) * factor);
    });
    return out;
  }

  function painted(image, trace) {
    return modules().colours.paint(image.data, trace, new Uint8ClampedArray(4 * image.data.length));
  }

  /** What a picture is made of: {stamp, shape, rgba()}; null while it is not there. */
  function content(tile, look) {
    const { compareCoded, compareData, compareScales, pictures } = modules();
    const { row, k } = tile;
    if (tile.kind === "source") {
      const image = (compareData.sources(tile.case) || [])[k];
      return image && { stamp: numberOf(image), shape: image.shape, rgba: () => painted(image, pictures.GREY) };
    }
    const fused = compareData.fused(row);
    if (tile.kind === "fused") {
      const coded = compareCoded.content(row);
      if (coded) return { ...coded, stamp: `${numberOf(coded.object)},${coded.stamp}` };
      return fused && { stamp: numberOf(fused), shape: fused.shape, rgba: () => painted(fused, pictures.GREY) };
    }
    const guidance = compareData.guidance(row);
    if (!guidance) return null;
    if (tile.kind === "guidance") {
      const trace = compareScales.trace(look.colours.guidance, look.range(row));
      const stamp = [numberOf(guidance[k]), numberOf(trace.colorscale), trace.zmin, trace.zmax].join();
      return { stamp, shape: guidance[k].shape, rgba: () => painted(guidance[k], trace) };
    }
    return fused && { stamp: `${numberOf(guidance)},${numberOf(fused)}`, shape: fused.shape, rgba: () => rgb([...guidance, fused]) };
  }

  /** A canvas as large as a layer, in screen pixels. */
  function sheet({ width, height, ratio }) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { canvas, context, width, height, ratio };
  }

  /** The standing picture of a tile from the shelf, made where something of it has changed. */
  function standing(tile, layer, stamp, make) {
    const whole = `${layer.width},${layer.height},${layer.ratio},${stamp}`;
    const former = kept.get(tile.name);
    if (former && former.stamp === whole) return former.canvas;
    const made = sheet(layer);
    make(made);
    kept.set(tile.name, { stamp: whole, canvas: made.canvas });
    return made.canvas;
  }

  function put(layer, canvas) {
    layer.context.drawImage(canvas, 0, 0, layer.width, layer.height);
  }

  /** The border of the marked region of interest. */
  function region(layer, look, caseId, place) {
    const lines = look.border(caseId);
    if (!lines) return;
    const { context } = layer;
    context.beginPath();
    for (const [y0, x0, y1, x1] of lines) {
      context.moveTo(place.left + x0 * place.scale, place.top + y0 * place.scale);
      context.lineTo(place.left + x1 * place.scale, place.top + y1 * place.scale);
    }
    context.strokeStyle = style("--window");
    context.lineWidth = 1;
    context.stroke();
  }

  /** A whole image with the window of the pixel. */
  function image(tile, look, layer) {
    const { layers, pictures, windows } = modules();
    const found = content(tile, look);
    if (!found) return;
    const [h, w] = found.shape;
    const place = windows.fit({ h, w }, layer.width, layer.height);
    const stamp = `${found.stamp},${look.region},${tile.case}`;
    put(layer, standing(tile, layer, stamp, (made) => {
      pictures.enlarged(made, pictures.native(found.rgba(), found.shape), place.left, place.top, place.scale);
      region(made, look, tile.case, place);
    }));
    const pixel = look.pixelOf(tile.case);
    const size = tile.row ? tile.row.window : look.largest;
    if (pixel && look.rows) layers.outline(layer, ...pictures.rectangle(place, windows.box(pixel, size, found.shape)));
  }

  /** A Jacobian: its window, enlarged to the frame that all rows share, or in its place on the whole image. */
  function jacobian(tile, look, layer) {
    const { arrays, compareScales, layers, pictures, windows } = modules();
    const found = look.jacobians[tile.row.key];
    const shape = look.shape(tile.case);
    if (look.extent === "window") layers.fill(layer, 0, 0, layer.width, layer.height);
    if (!found || !look.colours) return;
    const colour = look.colours.jacobian;
    const trace = compareScales.trace(colour, look.range(tile.row));
    const values = found.images[tile.k];
    const box = windows.box(found.pixel, tile.row.window, shape);
    if (look.extent === "window") {
      // one pixel more at every side, so that the outline of the largest window is seen
      const frame = windows.zoomFrame(found.pixel, look.largest && look.largest.map((size) => size + 2));
      const place = windows.fit(frame, layer.width, layer.height);
      const cut = arrays.place(values, found.box, frame, shape);
      layers.pixels(layer, painted(cut, trace), cut.shape, place.left, place.top, frame.w * place.scale, frame.h * place.scale);
      if (box.h < shape[0] || box.w < shape[1]) layers.outline(layer, ...pictures.rectangle(place, box, frame));
      layers.outline(layer, ...pictures.rectangle(place, pictures.one(found.pixel), frame));
      return;
    }
    const place = windows.fit({ h: shape[0], w: shape[1] }, layer.width, layer.height);
    layers.fill(layer, place.left, place.top, shape[1] * place.scale, shape[0] * place.scale, colour.zero);
    layers.pixels(layer, painted(values, trace), values.shape, ...pictures.rectangle(place, found.box));
    layers.outline(layer, ...pictures.rectangle(place, box));
  }

  function scatter(tile, look, layer) {
    const { arrays, compareData, compareScatter, windows } = modules();
    const pair = compareData.guidance(tile.row);
    if (!pair) return;
    const ranges = look.axes(tile.row);
    const stamp = `${numberOf(pair)},${ranges}`;
    put(layer, standing(tile, layer, stamp, (made) => compareScatter.ground(made, pair, ranges, look.colours.density, style)));
    const pixel = look.pixelOf(tile.case);
    const box = windows.box(pixel, tile.row.window, pair[0].shape);
    const [x, y] = pair.map((each) => arrays.cut(each, box).data);
    compareScatter.marks(layer, ranges, { x, y }, pair.map((each) => arrays.at(each, pixel)), style("--window"));
  }

  /** Paint one tile; false where it is not on the page. */
  function paint(tile, look) {
    const layer = modules().layers.start(tile.name);
    if (!layer) return false;
    const kinds = { jacobian, scatter };
    (kinds[tile.kind] || image)(tile, look, layer);
    return true;
  }

  /** The pixel of an image of this shape under a point of the screen, null beside the image. */
  function pixelAt(element, shape, clientX, clientY) {
    const corner = element.getBoundingClientRect();
    const { left, top, scale } = modules().windows.fit({ h: shape[0], w: shape[1] }, corner.width, corner.height);
    const y = Math.floor((clientY - corner.top - top) / scale), x = Math.floor((clientX - corner.left - left) / scale);
    return y >= 0 && x >= 0 && y < shape[0] && x < shape[1] ? { y, x } : null;
  }

  const api = { rgb, paint, pixelAt, forgetColours };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareTiles: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
