"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [stats, numbers, scaleBar, readout, wire] = require("./load.js")("stats", "numbers", "scale_bar", "explore/readout", "wire");

test("correlation of lines, of noise far from zero, of a constant", () => {
  assert.equal(stats.pearson([1, 2, 3], [2, 4, 6]), 1);
  assert.equal(stats.pearson([1, 2, 3], [3, 2, 1]), -1);
  assert.ok(Number.isNaN(stats.pearson([1, 1, 1], [1, 2, 3])));
  // by hand: covariance 1, standard deviations sqrt(2) and sqrt(2)
  const far = 1e8;
  assert.ok(Math.abs(stats.pearson([far, far + 1, far + 2], [0, 2, 1]) - 0.5) < 1e-9);
});

test("pairs with a NaN are left out", () => {
  assert.equal(stats.pearson([1, NaN, 2, 3], [1, 5, 2, 3]), 1);
});

test("extent of several arrays", () => {
  assert.deepEqual(stats.extent([[-3, 1], [2, 0]]), { maximum: 2, magnitude: 3 });
});

test("numbers have a real minus sign, gradients always a sign, nothing is a dash", () => {
  assert.equal(numbers.number(-0.5), "\u22120.500");
  assert.equal(numbers.number(-0.0001), "0.000");
  assert.equal(numbers.signed(0.25, 2), "+0.25");
  assert.equal(numbers.signed(-0.25, 2), "\u22120.25");
  assert.equal(numbers.signed(0, 2), "0.00");
  assert.equal(numbers.signed(NaN), "–");
  assert.equal(numbers.number(undefined), "–");
});

test("a colour bar names the true values under gamma", () => {
  const trace = { zmin: -0.8, zmax: 0.8, meta: { ticks: [[0, 0], [0.25, 0.375], [0.5, 0.5], [1, 1]] } };
  assert.deepEqual(scaleBar.labels(trace), [[0, "\u22120.8"], [0.25, "\u22120.2"], [0.5, "0"], [1, "0.8"]]);
  assert.equal(numbers.tick(0.00012), "1e\u22124");
});

test("the readout says what is not known yet", () => {
  const texts = readout.texts({
    pixel: { y: 3, x: 4 }, sources: [0.5, NaN], fused: 0.25, gradients: [-1, NaN],
    correlation: { window: NaN, image: 0.5 }, hidden: 0.1234, stage: null,
    spread: { share: [0.614, 0.386], negative: [0, NaN], radius: [3.1623, 0] },
  });
  assert.equal(texts.pixel, "3, 4");
  assert.equal(texts["gradient-0"], "\u22121.0000");
  assert.equal(texts["source-1"], "–");
  assert.equal(texts["correlation-image"], "+0.50");
  assert.equal(texts.hidden, "12.3 %");
  assert.equal(texts.stage, "–");
  assert.equal(texts.share, "61 % · 39 %");
  assert.equal(texts.negative, "0 % · –");
  assert.equal(texts.radius, "3.2 · 0.0 px");
});

test("the binary Jacobian", () => {
  const buffer = new ArrayBuffer(36 + 4 * 4);
  const view = new DataView(buffer);
  [1, 2, 1, 2, 5, 6, 5, 7].forEach((value, i) => view.setInt32(4 * i, value, true));
  [0.5, 1, 2, 3, 4].forEach((value, i) => view.setFloat32(32 + 4 * i, value, true));
  const jacobian = wire.jacobian(buffer);
  assert.deepEqual(jacobian.pixel, { y: 5, x: 7 });
  assert.deepEqual(jacobian.box, { y0: 5, x0: 6, h: 1, w: 2 });
  assert.equal(jacobian.fused, 0.5);
  assert.deepEqual(jacobian.images.map((image) => [...image.data]), [[1, 2], [3, 4]]);
  assert.throws(() => wire.jacobian(buffer.slice(0, 48)), /48 bytes/);
});
