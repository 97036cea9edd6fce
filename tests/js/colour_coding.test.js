"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [coding, coded] = require("./load.js")("colour_coding", "explore/colour_coded");

const image = (...values) => ({ data: Float32Array.from(values), shape: [1, values.length] });

// The textbook way, which the module does not take: RGB → HSV, the saturation × Ω, another value, HSV → RGB.
function byHand([r, g, b], value, omega) {
  const most = Math.max(r, g, b), least = Math.min(r, g, b), chroma = most - least;
  const sector = !chroma ? 0 : most === r ? ((g - b) / chroma + 6) % 6 : most === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  const c = value * omega * (chroma / most), x = c * (1 - Math.abs((sector % 2) - 1));
  const triple = [[c, x, 0], [x, c, 0], [0, c, x], [0, x, c], [x, 0, c], [c, 0, x]][Math.floor(sector) % 6];
  return triple.map((part) => 255 * (part + value - c));
}

test("hue and saturation of the one, value of the other", () => {
  const levels = Array.from({ length: 41 }, (_, i) => i / 40);
  const values = levels.map((_, i) => ((i * 17) % 41) / 40);
  for (const omega of [0, 0.3, 0.6, 1]) {
    const { data, shape } = coding.paint(image(...levels), image(...values), omega);
    assert.deepEqual(shape, [1, 41]);
    levels.forEach((level, i) => {
      const expected = byHand([0, 1, 2].map((c) => coding.jet(level, c)), values[i], omega);
      expected.forEach((part, c) => assert.ok(Math.abs(data[4 * i + c] - part) <= 0.51, `${level} ${omega} ${c}`));
      assert.equal(data[4 * i + 3], 255);
    });
  }
});

test("both images are scaled min-max, signs included", () => {
  const plain = coding.paint(image(0, 0.5, 1), image(0, 1, 0.5), 1).data;
  assert.deepEqual(coding.paint(image(-6, -4, -2), image(-1, 3, 1), 1).data, plain);
});

test("much is red, little is blue, none of it is grey", () => {
  const { data } = coding.paint(image(0, 0.125, 0.875, 1), image(0, 1, 1, 1), 1);
  assert.deepEqual([...data.slice(4, 7)], [0, 0, 255]);
  assert.deepEqual([...data.slice(8, 11)], [255, 0, 0]);
  const grey = coding.paint(image(0, 0.3, 0.9), image(0, 0.5, 1), 0).data;
  assert.deepEqual([...grey], [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
});

test("a constant image is the lowest everywhere", () => {
  assert.ok(coding.paint(image(1, 2), image(5, 5), 1).data.every((value, i) => value === (i % 4 === 3 ? 255 : 0)));
});

test("the legend runs from blue to red, and is white without saturation", () => {
  assert.match(coding.gradient(1), /^linear-gradient\(90deg, rgb\(0, 0, 255\).*rgb\(255, 0, 0\)\)$/);
  assert.ok(!/rgb\((?!255, 255, 255)/.test(coding.gradient(0)));
});

test("the functional source gives the colour unless the other was chosen", () => {
  assert.deepEqual(coded.roles("", { source: 1 }), { colour: 1, bright: 0 });
  assert.deepEqual(coded.roles("", { source: 0 }), { colour: 0, bright: 1 });
  assert.deepEqual(coded.roles("0", { source: 1 }), { colour: 0, bright: 1 });
});

test("only what lies in the image, from the split on, is coloured", () => {
  assert.deepEqual(coded.coloured({ y0: -2, x0: 6, h: 5, w: 5 }, [20, 10], 0), { y0: 0, x0: 6, h: 3, w: 4 });
  assert.deepEqual(coded.coloured({ y0: 0, x0: 0, h: 20, w: 10 }, [20, 10], 7), { y0: 0, x0: 7, h: 20, w: 3 });
  assert.equal(coded.coloured({ y0: 0, x0: 0, h: 5, w: 5 }, [20, 10], 5), null);
});
