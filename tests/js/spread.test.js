"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [spread] = require("./load.js")("jacobian_spread");

const image = (rows) => ({ data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0].length] });

test("shares of sources and of signs, by hand", () => {
  const jacobian = {
    pixel: { y: 4, x: 7 },
    box: { y0: 4, x0: 6 },
    images: [image([[1, -2, 3]]), image([[0, -2, 0]])],
  };
  const found = spread.of(jacobian);
  assert.deepEqual(found.share, [6 / 8, 2 / 8]);
  assert.deepEqual(found.negative, [2 / 6, 1]);
  // |g| within radius 0: 2 of 6; within 1: all
  assert.deepEqual(found.radius, [1, 0]);
});

test("the disc that holds half lies around the pixel, also where the window is cut", () => {
  const cut = image([[0, 0, 0], [0, 1, 0], [0, 0, 9]]);
  const at = (y, x) => spread.halfRadius(cut, { y0: 0, x0: 0 }, { y, x });
  assert.equal(at(2, 2), 0);
  assert.equal(at(1, 1), Math.SQRT2);
  assert.equal(at(0, 0), Math.sqrt(8));
});

test("exactly half is half; signs do not cancel", () => {
  const row = image([[-1, 2, 1]]);
  assert.equal(spread.halfRadius(row, { y0: 0, x0: 0 }, { y: 0, x: 1 }), 0);
  const tenths = image([[0.1, 0.2, 0.1, 0.1, 0.1]]);
  assert.equal(spread.halfRadius(tenths, { y0: 0, x0: 0 }, { y: 0, x: 1 }), 1);
});

test("no gradient has no shares and no radius", () => {
  const nothing = { pixel: { y: 0, x: 0 }, box: { y0: 0, x0: 0 }, images: [image([[0]]), image([[0]])] };
  const found = spread.of(nothing);
  assert.ok([...found.share, ...found.negative, ...found.radius].every(Number.isNaN));
});
