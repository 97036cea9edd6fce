"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [stats, brush] = require("./load.js")("stats", "brush");

const guidance = [{ data: [0, 0.1, 0.2, 0.3] }, { data: [1, -1, 0, 0.5] }];
const cells = (text, shape, pair = null, regions = {}) => {
  const held = brush.mask(brush.parse(text), shape, pair, regions);
  return held && [...held].join("");
};

test("rank correlation and slope, by hand", () => {
  assert.deepEqual([...stats.ranks([3, 1, 3, 2])], [3.5, 1, 3.5, 2]);
  assert.equal(stats.spearman([1, 2, 3], [1, 8, 1000]), 1);
  // ranks 1, 2.5, 2.5 against 1, 2, 3: covariance 1.5, variances 1.5 and 2
  assert.ok(Math.abs(stats.spearman([0, 5, 5], [1, 2, 3]) - 1.5 / Math.sqrt(3)) < 1e-12);
  assert.equal(stats.slope([0, 1, 2], [5, 3, 1]), -2);
  assert.ok(Number.isNaN(stats.slope([1, 1], [1, 2])));
});

test("what makes no sense is no brush", () => {
  for (const text of ["", null, "rect:1,2,3", "rect:1,2,3,x", "poly:1,2;3,4", "disc:1,2,3,4", "poly:1,2;3,4;5"]) {
    assert.equal(brush.parse(text), null, text);
  }
});

test("texts lead back to the same brush", () => {
  assert.equal(brush.text.rect({ y: 5, x: 9 }, { y: 2, x: 11 }), "rect:2,9,5,11");
  assert.equal(brush.text.scatter([0.4, 0.1], [-0.2, 0.123456]), "scatter:0.1,-0.2,0.4,0.1235");
  assert.deepEqual(brush.parse(brush.text.poly([[0, 0], [0, 4], [4, 0]])), { kind: "poly", numbers: [0, 0, 0, 4, 4, 0] });
  const long = Array.from({ length: 500 }, (_, i) => [i, i % 7]);
  assert.equal(brush.parse(brush.text.poly(long)).numbers.length, 2 * brush.MOST_CORNERS);
});

test("rectangles and areas on images hold pixel centres", () => {
  assert.equal(cells("rect:0,1,1,2", [3, 3]), "011011000");
  // a triangle with its right angle at the first pixel, a little larger than its pixels
  assert.equal(cells("poly:-0.5,-0.5;-0.5,2.4;2.4,-0.5", [3, 3]), "110100000");
});

test("boxes and areas in the scatter hold pixels by their guidance", () => {
  assert.equal(cells("scatter:0.05,-2,0.35,0.2", [2, 2], guidance), "0110");
  assert.equal(cells("lasso:-1,-2;0.15,-2;0.15,2;-1,2", [2, 2], guidance), "1100");
  assert.equal(cells("scatter:0,0,1,1", [2, 2]), null);
});

test("regions come as packed bits", () => {
  // 0b10100000, 0b01000000
  const regions = { core: Buffer.from([0xa0, 0x40]).toString("base64") };
  assert.equal(cells("region:core", [2, 5], null, regions), "1010000001");
  assert.equal(cells("region:toString", [2, 5], null, regions), null);
});

test("numbers of a brush are those of its pixels alone", () => {
  const points = brush.points(Uint8Array.from([1, 0, 1, 1]), guidance);
  assert.deepEqual([...points.x], [0, 0.2, 0.3]);
  assert.deepEqual([...points.y], [1, 0, 0.5]);
  const found = brush.numbers(points);
  assert.equal(found.n, 3);
  assert.ok(Math.abs(found.spearman + 0.5) < 1e-12);
});

test("the border of two pixels side by side is one outline", () => {
  const lines = brush.border(Uint8Array.from([0, 0, 0, 0, 1, 1]), [2, 3]);
  assert.deepEqual(lines, [[1, 1, 1, 3], [2, 1, 2, 3], [1, 1, 2, 1], [1, 3, 2, 3]]);
});
