"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [arrays] = require("./load.js")("arrays");

const spec = (values, shape) => ({
  dtype: "f4",
  bdata: Buffer.from(Float32Array.from(values).buffer).toString("base64"),
  shape,
});
const image = (values, shape) => ({ data: Float32Array.from(values), shape });

test("an image is decoded from Plotly's base64 form, once", () => {
  const z = spec([1, 2, 3, 4, 5, 6], "2, 3");
  const decoded = arrays.image(z);
  assert.deepEqual(decoded.shape, [2, 3]);
  assert.deepEqual([...decoded.data], [1, 2, 3, 4, 5, 6]);
  assert.equal(arrays.image(z), decoded);
});

test("an image is taken from rows as well, and given back as rows without copying", () => {
  const decoded = arrays.image([[1, 2], [3, 4]]);
  assert.deepEqual([...decoded.data], [1, 2, 3, 4]);
  const rows = arrays.rows(decoded);
  decoded.data[3] = 9;
  assert.deepEqual(rows.map((row) => [...row]), [[1, 2], [3, 9]]);
});

test("an unknown array type is refused", () => {
  assert.throws(() => arrays.image({ dtype: "q9", bdata: "", shape: "1" }), /q9/);
});

test("a cut is NaN outside of the image, at every border", () => {
  const nine = image([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
  const at = (y0, x0) => [...arrays.cut(nine, { y0, x0, h: 2, w: 2 }).data];
  assert.deepEqual(at(0, 0), [1, 2, 4, 5]);
  assert.deepEqual(at(-1, -1), [NaN, NaN, NaN, 1]);
  assert.deepEqual(at(2, 2), [9, NaN, NaN, NaN]);
  assert.deepEqual(at(-1, 2), [NaN, NaN, 3, NaN]);
  assert.deepEqual(at(5, 5), [NaN, NaN, NaN, NaN]);
});

test("an RGBA cut is transparent outside of the image", () => {
  const two = { data: Uint8ClampedArray.from([1, 2, 3, 255, 4, 5, 6, 255]), shape: [1, 2] };
  assert.deepEqual([...arrays.cutRgba(two, { y0: 0, x0: 1, h: 1, w: 2 }).data], [4, 5, 6, 255, 0, 0, 0, 0]);
});

test("a Jacobian in a larger frame is 0 around its box and NaN outside of the image", () => {
  const one = image([7], [1, 1]);
  const placed = arrays.place(one, { y0: 0, x0: 1, h: 1, w: 1 }, { y0: -1, x0: 0, h: 3, w: 3 }, [4, 4]);
  assert.deepEqual([...placed.data], [NaN, NaN, NaN, 0, 7, 0, 0, 0, 0]);
});

test("a Jacobian larger than the frame is cut", () => {
  const four = image([1, 2, 3, 4], [2, 2]);
  const placed = arrays.place(four, { y0: 0, x0: 0, h: 2, w: 2 }, { y0: 1, x0: 1, h: 2, w: 2 }, [2, 2]);
  assert.deepEqual([...placed.data], [4, NaN, NaN, NaN]);
});
