"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [arrays, bins, density, strokes] = require("./load.js")("arrays", "bins", "explore/density", "explore/brush_strokes");

test("counts by hand; the last bin holds its upper edge; what lies outside is not counted", () => {
  const x = [0, 0.5, 1, 1, 1.2, NaN], y = [0, 0, 1, 0.4, 0, 0];
  const { data, shape } = bins.histogram(x, y, [0, 1], [0, 1], [2, 2]);
  assert.deepEqual(shape, [2, 2]);
  assert.deepEqual([...data], [1, 2, 0, 1]);
});

test("colours step by equal factors of the count", () => {
  assert.deepEqual(bins.stops(["a", "b", "c"], 100).map(([place]) => place), [0, 9 / 99, 1]);
});

test("a zoomed density covers the shown range exactly", () => {
  const former = { z: [[1, 1], [1, 1]], colorscale: [[0, "#000000"], [1, "#ffffff"]] };
  const found = density.trace(former, [0.1, 0.1, 0.9, 5], [0.1, 0.2, 0.9, 5], [0, 1], [0, 1]);
  assert.deepEqual([found.x0, found.dx, found.y0, found.dy], [0.25, 0.5, 0.25, 0.5]);
  assert.deepEqual(found.z.map((row) => [...row]), [[2, NaN], [NaN, 1]]);
  assert.deepEqual([found.zmin, found.zmax], [1, 2]);
});

test("what a press on an image draws", () => {
  const press = (more, tool = null) => strokes.kind({ button: 0, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more }, tool);
  assert.equal(press({}), null);
  assert.equal(press({ shiftKey: true }), "rect");
  assert.equal(press({ altKey: true }), "poly");
  assert.equal(press({ shiftKey: true, altKey: true }), null);
  assert.equal(press({}, "poly"), "poly");
  assert.equal(press({ button: 2, shiftKey: true }), null);
});
