"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [colours] = require("./load.js")("colours");

const trace = { colorscale: [[0, "rgb(0,0,0)"], [0.25, "#64c800"], [1, "rgb(100, 0, 255)"]], zmin: 0, zmax: 4 };
const painted = (...values) => [...colours.paint(Float32Array.from(values), trace, new Uint8ClampedArray(4 * values.length))];

test("stops, their middles and both ends", () => {
  assert.deepEqual(painted(0), [0, 0, 0, 255]);
  assert.deepEqual(painted(1), [100, 200, 0, 255]);
  assert.deepEqual(painted(0.5), [50, 100, 0, 255]);
  assert.deepEqual(painted(2.5), [100, 100, 128, 255]);
  assert.deepEqual(painted(4), [100, 0, 255, 255]);
});

test("values beyond the range take the end colours, as in Plotly", () => {
  assert.deepEqual(painted(-3, 99), [0, 0, 0, 255, 100, 0, 255, 255]);
});

test("NaN is transparent", () => {
  assert.deepEqual(painted(NaN, 1), [0, 0, 0, 0, 100, 200, 0, 255]);
});

test("a colour of another form is refused", () => {
  assert.throws(() => colours.parse("hsl(1, 2%, 3%)"), /hsl/);
});
