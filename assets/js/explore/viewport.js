/* Which part of the images is shown: one viewport, shared by all full images.
 *
 * A viewport is {y0, x0, h, w} in image coordinates (pixel centres on whole numbers, so the whole image is
 * {-0.5, -0.5, H, W}) and has the proportions of the image. Plotly draws the whole image once; a viewport is a
 * transform of what it has drawn and a new scale of its axes, because a drawing of Plotly's costs more than a
 * frame. Everything else asks the axes, and so is right in any viewport. */
(function (root) {
  "use strict";

  const SMALLEST = 8; // image pixels across the shorter side
  const STEP = 1.25;
  const layers = new WeakMap();

  let current = null;
  let scheduled = false;

  /** The viewport of a whole image. Pure. */
  function whole([height, width]) {
    return { y0: -0.5, x0: -0.5, h: height, w: width };
  }

  /** A viewport moved into its image. Pure. */
  function inside(view, [height, width]) {
    const into = (start, length, size) => Math.min(size - 0.5 - length, Math.max(-0.5, start));
    return { ...view, y0: into(view.y0, view.h, height), x0: into(view.x0, view.w, width) };
  }

  /** Enlarged by a factor about a point {y, x}, which stays where it is on the screen. Pure. */
  function zoomed(view, shape, point, factor) {
    const most = Math.max(1, Math.min(...shape) / SMALLEST);
    const zoom = Math.min(most, Math.max(1, (shape[1] / view.w) * factor));
    const ratio = shape[1] / zoom / view.w;
    const next = {
      y0: point.y - (point.y - view.y0) * ratio,
      x0: point.x - (point.x - view.x0) * ratio,
      h: shape[0] / zoom,
      w: shape[1] / zoom,
    };
    return inside(next, shape);
  }

  /** Moved by a distance in image pixels. Pure. */
  function moved(view, shape, dy, dx) {
    return inside({ ...view, y0: view.y0 + dy, x0: view.x0 + dx }, shape);
  }

  /** Moved no further than needed to show a pixel with some of its neighbourhood. Pure. */
  function revealing(view, shape, pixel) {
    const margin = Math.min(view.h, view.w) / 8;
    const into = (start, length, at) => Math.min(at - 0.5 - margin, Math.max(at + 0.5 + margin - length, start));
    return inside({ ...view, y0: into(view.y0, view.h, pixel.y), x0: into(view.x0, view.w, pixel.x) }, shape);
  }

  /** Where an axis drawn for `drawn` (two ends) lies when it shows `shown`: {shift, scale} on `length`. Pure. */
  function transform(drawn, shown, length) {
    const span = shown[1] - shown[0];
    return { scale: (drawn[1] - drawn[0]) / span, shift: ((drawn[0] - shown[0]) / span) * length };
  }

  function size() {
    const { scene } = root.FuseVis.explorer.now;
    return scene && !scene.failed ? scene.shape : null;
  }

  /** The viewport of the shown case study. */
  function get() {
    const shape = size();
    if (!shape) return null;
    if (!current || String(current.shape) !== String(shape)) current = { shape, view: whole(shape) };
    return current.view;
  }

  function factor() {
    const view = get();
    return view ? current.shape[1] / view.w : 1;
  }

  /** Show another viewport; many changes within one frame are one. */
  function set(view) {
    if (!get()) return;
    current.view = view;
    if (!scheduled) requestAnimationFrame(frame);
    scheduled = true;
  }

  function frame() {
    scheduled = false;
    const { explorer, views } = root.FuseVis;
    label();
    views.FULL.forEach((view) => explorer.repaint(view));
  }

  function label() {
    const explorer = document.getElementById("explorer");
    const button = document.getElementById("zoom-reset");
    const times = factor();
    const isWhole = times < 1.0001;
    if (explorer) {
      if (isWhole) delete explorer.dataset.zoom;
      else explorer.dataset.zoom = times.toFixed(2);
    }
    if (button) {
      button.hidden = isWhole;
      button.textContent = `${times.toFixed(1)} ×, show all`;
    }
  }

  /** Make a graph show the viewport; nothing is done where it does. Called before every painting. */
  function settle(plot) {
    const view = get();
    const { xaxis, yaxis } = plot._fullLayout;
    const drawn = { x: plot.layout.xaxis.range, y: plot.layout.yaxis.range };
    // while one case study replaces another, its graph may be there before its scene
    if (!view || !drawn.x || drawn.x[1] - drawn.x[0] !== current.shape[1]) return;
    const shown = { x: [view.x0, view.x0 + view.w], y: [view.y0 + view.h, view.y0] };
    const same = (range, ends) => range[0] === ends[0] && range[1] === ends[1];
    if (same(xaxis.range, shown.x) && same(yaxis.range, shown.y) && transformed(plot, view)) return;
    rescale(xaxis, shown.x);
    rescale(yaxis, shown.y);
    const x = transform(drawn.x, shown.x, xaxis._length);
    const y = transform([drawn.y[1], drawn.y[0]], [shown.y[1], shown.y[0]], yaxis._length);
    const text = `translate(${x.shift},${y.shift}) scale(${x.scale},${y.scale})`;
    const elements = [...plot.querySelectorAll(".cartesianlayer .heatmaplayer, .cartesianlayer .imagelayer")];
    elements.forEach((element) => element.setAttribute("transform", text));
    layers.set(plot, { elements, view, length: xaxis._length });
  }

  function transformed(plot, view) {
    const known = layers.get(plot);
    if (!known) return view.w === current.shape[1];
    return known.view === view && known.length === plot._fullLayout.xaxis._length && known.elements.every((each) => each.isConnected);
  }

  function rescale(axis, range) {
    axis.range = [...range];
    axis.setScale();
  }

  /** Enlarge about a point {y, x} of the image; whether anything changed. */
  function zoom(point, by) {
    const view = get();
    if (!view) return false;
    const next = zoomed(view, current.shape, point, by);
    if (next.w === view.w) return false;
    set(next);
    return true;
  }

  function pan(dy, dx) {
    const view = get();
    if (view) set(moved(view, current.shape, dy, dx));
  }

  function reveal(pixel) {
    const view = get();
    if (view && factor() > 1) set(revealing(view, current.shape, pixel));
  }

  function reset() {
    if (get()) set(whole(current.shape));
  }

  /** The point of the image under a place of the screen, as real numbers. */
  function pointAt(plot, clientX, clientY) {
    const { xaxis, yaxis } = plot._fullLayout;
    const corner = plot.getBoundingClientRect();
    return { y: yaxis.p2d(clientY - corner.top - yaxis._offset), x: xaxis.p2d(clientX - corner.left - xaxis._offset) };
  }

  function wheeled(event) {
    const tile = event.target.closest && event.target.closest(".view.full");
    const plot = tile && root.FuseVis.views.plot(tile.dataset.view);
    if (!plot || !get()) return;
    const lines = event.deltaMode === 1 ? 16 : 1;
    const turn = Math.max(-120, Math.min(120, event.deltaY * lines)) * (event.ctrlKey ? 4 : 1);
    if (zoom(pointAt(plot, event.clientX, event.clientY), Math.exp(-turn * 0.002))) event.preventDefault();
  }

  function keyed(event) {
    const { explorer } = root.FuseVis;
    const away = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog");
    if (away || !explorer.now.pixel) return;
    if (event.key === "0") reset();
    else if (event.key === "+" || event.key === "=") zoom(explorer.now.pixel, STEP);
    else if (event.key === "-") zoom(explorer.now.pixel, 1 / STEP);
  }

  function listen() {
    document.addEventListener("wheel", wheeled, { passive: false });
    document.addEventListener("keydown", keyed);
    document.addEventListener("dblclick", (event) => event.target.closest(".view.full") && !event.target.closest("button") && reset());
    document.addEventListener("click", (event) => event.target.closest("#zoom-reset") && reset());
  }

  const api = { whole, zoomed, moved, revealing, transform, get, set, size, factor, settle, zoom, pan, reveal, reset, label, pointAt, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { viewport: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
