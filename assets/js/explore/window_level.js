/* Window and level of the source images, as in a radiology viewer: which grey values lie between black and
 * white. Display only: it changes zmin and zmax of a source view and of its zoom, never a value. */
(function (root) {
  "use strict";

  const FULL_RANGE = { width: 1, level: 0.5 };
  const PER_PIXEL = 1 / 256;
  const NARROWEST = 0.01;

  const chosen = {};
  let ofCase = null;
  const scheduled = new Set();

  /** Window and level after a drag: to the right widens the window, downwards raises the level. Pure. */
  function dragged({ width, level }, dx, dy) {
    const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
    return {
      width: clamp(width + dx * PER_PIXEL, NARROWEST, 2),
      level: clamp(level + dy * PER_PIXEL, 0, 1),
    };
  }

  /** The grey values that become black and white. Pure. */
  function range({ width, level }) {
    return { zmin: level - width / 2, zmax: level + width / 2 };
  }

  /** What the caption says; nothing while the whole range is shown. Pure. */
  function text({ width, level }) {
    const whole = width === FULL_RANGE.width && level === FULL_RANGE.level;
    return whole ? "" : `window ${width.toFixed(2)}, level ${level.toFixed(2)}`;
  }

  function of(view) {
    const { scene } = root.FuseVis.explorer.now;
    if (scene && scene.case !== ofCase) {
      // another case study has other images: their grey values mean something else
      ofCase = scene.case;
      for (const each of Object.keys(chosen)) set(each, FULL_RANGE);
    }
    return chosen[view] || FULL_RANGE;
  }

  function set(view, value) {
    chosen[view] = value;
    const caption = document.getElementById(`${view}-levels`);
    if (caption) caption.textContent = text(value);
    if (!scheduled.has(view)) requestAnimationFrame(() => draw(view));
    scheduled.add(view);
  }

  function draw(view) {
    scheduled.delete(view);
    const { explorer, views } = root.FuseVis;
    for (const name of [view, views.zoom(view)]) {
      const plot = views.plot(name);
      if (plot) views.hold(plot, 0, range(of(view)));
      if (plot && name === view) views.draw(plot);
    }
    explorer.paintAll();
  }

  function drag(view, dx, dy) {
    set(view, dragged(of(view), dx, dy));
  }

  function reset(view) {
    set(view, FULL_RANGE);
  }

  /** A figure that the server sent anew shows the whole range; bring it back to what was chosen. */
  function settle(view, plot) {
    const { zmin, zmax } = range(of(view));
    const trace = plot.data[0];
    if (trace && (trace.zmin !== zmin || trace.zmax !== zmax) && !scheduled.has(view) && chosen[view]) set(view, chosen[view]);
  }

  const api = { dragged, range, text, drag, reset, settle };
  root.FuseVis = Object.assign(root.FuseVis || {}, { windowLevel: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
