"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [methods, frames] = require("./load.js")("methods/page", "methods/frame_rate");

test("numbers are ordered, what is not known stands last whichever way one sorts", () => {
  const sorted = (values, descending) => {
    const found = [...values].sort((a, b) => {
      const order = methods.unknownLast(a, b, null, null, descending);
      return descending ? -order : order; // as AG Grid does
    });
    return found;
  };
  assert.deepEqual(sorted([3, null, 0, undefined, 20], false).slice(0, 3), [0, 3, 20]);
  assert.deepEqual(sorted([3, null, 0, undefined, 20], true).slice(0, 3), [20, 3, 0]);
  assert.equal(methods.unknownLast(null, undefined, null, null, false), 0);
});

test("the link to a card keeps the rest of the address", () => {
  assert.equal(methods.linkTo("", "masknet"), "?method=masknet");
  assert.equal(methods.linkTo("?theme=light&method=deepfuse", "masknet"), "?theme=light&method=masknet");
  assert.equal(methods.linkTo("?x=1", "a&b"), "?x=1&method=a%26b");
});

test("random pixels lie in the image", () => {
  assert.deepEqual(frames.pixels(2, 10, 20, () => 0), [{ y: 0, x: 0 }, { y: 0, x: 0 }]);
  assert.deepEqual(frames.pixels(1, 10, 20, () => 1), [{ y: 9, x: 19 }]);
  const values = [0.55, 0.25];
  assert.deepEqual(frames.pixels(1, 10, 20, () => values.shift()), [{ y: 5, x: 5 }]);
});

test("a Jacobian as a picture: grey is zero, signs go to black and white", () => {
  assert.deepEqual([...frames.picture([0, 2, -2])], [128, 128, 128, 255, 255, 255, 255, 255, 0, 0, 0, 255]);
  assert.deepEqual([...frames.picture([0])], [128, 128, 128, 255]);
});

test("a method that fails is left out, the others are counted, and each number is told as it comes", async () => {
  const told = [];
  const count = async ({ method }) => {
    if (method === "bad") throw new Error("no");
    return method.length;
  };
  const found = await frames.rates([{ method: "a" }, { method: "bad" }, { method: "ccc" }], (...news) => told.push(news), count);
  assert.deepEqual(found, { a: 1, ccc: 3 });
  assert.deepEqual(told, [[0, "a", {}], [1 / 3, "bad", { a: 1 }], [2 / 3, "ccc", { a: 1 }]]);
});
