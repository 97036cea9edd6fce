/* What the tiles of the Compare page read: colours with their ranges, windows, borders of regions, axes.
 *
 * `look()` is asked for at every painting; what it finds is kept until `forget()`. */
(function (root) {
  "use strict";

  let borders = {};
  let ranges = {};

  function modules() {
    return root.FuseVis;
  }

  function now() {
    return modules().compare.now;
  }

  /** The smallest window that holds those of all rows; null where one is the whole image. Pure. */
  function largest(rows) {
    const sizes = rows.filter((row) => row.state !== "failed").map((row) => row.window);
    if (!sizes.length || sizes.some((size) => !size)) return null;
    return [0, 1].map((axis) => Math.max(...sizes.map((size) => size[axis])));
  }

  /** The range of the colours of a row. */
  function range(row) {
    const { scene, controls, jacobians } = now();
    ranges[row.key] = ranges[row.key] || modules().compareScales.range(row, scene.rows, controls.scope, jacobians);
    return ranges[row.key];
  }

  /** The lines around the marked region of a case study, null without one. */
  function border(caseId) {
    const { scene, region } = now();
    const known = scene.cases[caseId];
    if (!region || !known || !Object.hasOwn(known.masks, region)) return null;
    const key = `${caseId}/${region}`;
    if (!borders[key]) {
      const { brush } = modules();
      const [h, w] = known.shape;
      borders = { ...borders, [key]: brush.border(brush.unpack(known.masks[region], h * w), [h, w]) };
    }
    return borders[key];
  }

  /** The axes of a row's scatter: those of all rows where the scale is shared. */
  function axes(row) {
    const { compareData, compareScatter } = modules();
    const { scene, controls } = now();
    const of = controls.scope === "shared" ? scene.rows : [row];
    return compareScatter.axes(of.map(compareData.guidance).filter(Boolean));
  }

  /** What the tiles read: see compare_tiles.js. */
  function look() {
    const { shape, pixelOf } = modules().compare;
    const { scene, controls, colours, jacobians, region } = now();
    return {
      colours, jacobians, region, shape, pixelOf, border, axes, range,
      extent: controls.jacobians,
      rows: scene.rows.length,
      largest: largest(scene.rows),
    };
  }

  /** The colour bars, and the sentence about what they cover. */
  function legends() {
    const { compareScales, scaleBar } = modules();
    const { scene, controls, colours } = now();
    const ready = scene.rows.filter((row) => row.state === "ready");
    // with a scale of its own for every row, the bars show shares of it
    const found = controls.scope === "shared" && ready.length ? compareScales.joined(ready) : null;
    scaleBar.bar("compare-guidance", compareScales.trace(colours.guidance, found));
    scaleBar.bar("compare-jacobian", compareScales.trace(colours.jacobian, found));
    const note = document.getElementById("compare-scale-note");
    if (note) note.textContent = compareScales.sentence(scene.rows, controls.scale, controls.scope);
  }

  /** Other guidance, or other controls: the ranges are found anew. */
  function forgetRanges() {
    ranges = {};
  }

  /** Another case study. */
  function forgetBorders() {
    borders = {};
  }

  const api = { largest, look, legends, range, forgetRanges, forgetBorders };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareLook: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
