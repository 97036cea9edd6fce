/* Paints the layers of all views for a selection.
 *
 * A selection is {scene, images, rgb, pixel, cuts, jacobian, rested}: what is shown, where, and which views
 * Plotly has drawn itself since (`rested`), which then need their marks only. */
(function (root) {
  "use strict";

  const DOT = 2.6;

  function modules() {
    return root.FuseVis;
  }

  /** The screen rectangle of a box of pixels on the axes of a graph. */
  function rectangle(axes, box) {
    const left = axes.x(box.x0 - 0.5), top = axes.y(box.y0 - 0.5);
    return [left, top, axes.x(box.x0 + box.w - 0.5) - left, axes.y(box.y0 + box.h - 0.5) - top];
  }

  function rgbaOf(values, trace) {
    return modules().colours.paint(values, trace, new Uint8ClampedArray(4 * values.length));
  }

  /** A full image: the window's box; on Jacobian views also the Jacobian's patch on the colour of zero. */
  function full(view, selection, onDraw) {
    const { layers, views, windows } = modules();
    const plot = views.plot(view, onDraw);
    const layer = plot && layers.start(view);
    if (!layer) return false;
    modules().viewport.settle(plot);
    if (views.SOURCES.includes(view)) modules().windowLevel.settle(view, plot);
    const axes = views.axes(plot);
    layer.context.save();
    if (modules().viewport.factor() > 1) clip(layer.context, axes);
    const k = views.JACOBIANS.indexOf(view);
    if (k >= 0 && !selection.rested.has(view)) {
      layers.fill(layer, axes.left, axes.top, axes.width, axes.height, plot.layout.plot_bgcolor);
      if (selection.jacobian) {
        const { box, images } = selection.jacobian;
        layers.pixels(layer, rgbaOf(images[k].data, plot.data[0]), images[k].shape, ...rectangle(axes, box));
      }
    }
    const { pixel, scene } = selection;
    if (view === "fused") {
      const smooth = modules().viewport.factor() <= 1 && axes.width < scene.shape[1];
      modules().colourCoded.draw(layer, wholeOf(scene.shape), scene.shape, pixel, (y, x) => [axes.x(x - 0.5), axes.y(y - 0.5)], smooth);
    }
    layers.outline(layer, ...rectangle(axes, windows.box(pixel, scene.window, scene.shape)));
    layer.context.restore();
    return true;
  }

  function wholeOf([h, w]) {
    return { y0: 0, x0: 0, h, w };
  }

  /** In a part of an image, nothing is drawn beside the part. */
  function clip(context, axes) {
    context.beginPath();
    context.rect(axes.left, axes.top, axes.width, axes.height);
    context.clip();
  }

  /** A zoom: the values around the pixel, and the red square of the pixel itself. */
  function zoom(view, selection, onDraw) {
    const { layers, views, windows } = modules();
    const plot = views.plot(views.zoom(view), onDraw);
    const layer = plot && layers.start(views.zoom(view));
    if (!layer) return false;
    const cut = selection.cuts[view];
    if (!cut) {
      layers.fill(layer, 0, 0, layer.width, layer.height);
      return true;
    }
    const { frame } = cut;
    const { left, top, scale } = windows.fit(frame, layer.width, layer.height);
    if (!selection.rested.has(views.zoom(view))) {
      const rgba = cut.rgba ? cut.data : rgbaOf(cut.data, plot.data[0]);
      layers.fill(layer, 0, 0, layer.width, layer.height);
      layers.pixels(layer, rgba, cut.shape, left, top, frame.w * scale, frame.h * scale);
    }
    const { y, x } = cut.pixel;
    if (view === "fused") {
      const place = (row, column) => [left + (column - frame.x0) * scale, top + (row - frame.y0) * scale];
      modules().colourCoded.draw(layer, frame, selection.scene.shape, cut.pixel, place, false);
    }
    layers.outline(layer, left + (x - frame.x0) * scale, top + (y - frame.y0) * scale, scale, scale);
    return true;
  }

  /** The scatter: the window's pixels in green, the principal pixel as a red square. */
  function scatter(selection, onDraw) {
    const { layers, views, arrays } = modules();
    const plot = views.plot(views.SCATTER, onDraw);
    const layer = plot && layers.start(views.SCATTER);
    if (!layer) return false;
    const { points, images, pixel } = selection;
    if (!points) return true;
    const axes = views.axes(plot);
    // what Plotly has drawn lies below the points of a brush
    if (!selection.rested.has(views.SCATTER) || root.FuseVis.brushing.now.points) {
      layers.dots(layer, points.x.map(axes.x), points.y.map(axes.y), DOT);
    }
    const [x, y] = views.GUIDANCE.map((view) => arrays.at(images[view], pixel));
    layers.outline(layer, axes.x(x) - 3, axes.y(y) - 3, 6, 6);
    return true;
  }

  /** Cover what a view shows of an earlier selection; views that the server empties are only cleared. */
  function blank(name) {
    const { layers, views } = modules();
    const layer = layers.start(name);
    const stale = views.ZOOMS.includes(name) || views.JACOBIANS.includes(name);
    if (layer && stale) layers.fill(layer, 0, 0, layer.width, layer.height);
  }

  /** One view by the name of its graph. */
  function view(name, selection, onDraw) {
    const { views } = modules();
    if (name === views.SCATTER) return scatter(selection, onDraw);
    const index = views.ZOOMS.indexOf(name);
    return index >= 0 ? zoom(views.FULL[index], selection, onDraw) : full(name, selection, onDraw);
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { painter: { view, blank } });
})(typeof window === "undefined" ? globalThis : window);
