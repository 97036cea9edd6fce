"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [windows, whatifAddress, numbers, tiles, , labels, whatif, pixelBar, choices] = require("./load.js")(
  "windows", "whatif/address", "whatif/numbers", "whatif/tiles", "jacobian_spread", "whatif/labels", "whatif/page", "explore/pixel_bar", "choices"
);

const plane = (...values) => ({ data: Float32Array.from(values), shape: [2, 2] });
// Two of four pixels of a source are one and two grey levels brighter; the fused image follows, not quite as foretold.
const answer = {
  box: { y0: 4, x0: 7, h: 2, w: 2 },
  pixel: { y: 4, x: 8 },
  images: [
    plane(0.5, 0.5, 0.5, 0.5),
    plane(0, 1 / 255, 2 / 255, 0),
    plane(0.25, 0.25, 0.5, 0.5),
    plane(0.25, 0.25 + 2 / 255, 0.5 - 4 / 255, 0.5),
    plane(0, 3 / 255, -4 / 255, 1 / 255),
  ],
};
const found = numbers.result(answer);
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-4, `${a} is not ${b}`);

test("the table holds actual, predicted and their difference, in grey levels", () => {
  const { actual, predicted, apart, share } = numbers.table(found, { y: 4, x: 8 });
  const expected = {
    actual: { at: 2, largest: -4, mean: -1, total: -2 },
    predicted: { at: 3, largest: -4, mean: -0.5, total: 0 },
    apart: { at: -1, largest: -1, mean: -0.5, total: -2 },
  };
  for (const [name, row] of Object.entries({ actual, predicted, apart })) {
    for (const key of ["at", "mean", "total"]) close(row[key], expected[name][key]);
    close(Math.abs(row.largest), Math.abs(expected[name].largest));
  }
  close(share, 2 / 6);
});

test("beside the box nothing changes, and nothing changed has no share", () => {
  close(numbers.table(found, { y: 0, x: 0 }).actual.at, 0);
  const none = plane(0, 0, 0, 0);
  const still = numbers.result({ ...answer, images: [none, none, none, none, none] });
  assert.ok(Number.isNaN(numbers.table(still, { y: 4, x: 7 }).share));
  assert.equal(numbers.extent(still.actual, still.predicted), 1);
});

test("where the largest is, what changed, and the range of the colours", () => {
  const { value, y, x } = numbers.largest(found.actual, found.box);
  close(255 * value, -4);
  assert.deepEqual([y, x], [5, 7]);
  assert.equal(numbers.changed(found).count, 2);
  close(numbers.changed(found).mean, 1.5);
  close(255 * numbers.extent(found.actual, found.predicted), 4);
});

test("what was done is said, also where values reached the end of the range", () => {
  assert.equal(labels.sentence({ count: 1, mean: 32 }, "PET", "32"), "One pixel of PET changed by +32.0.");
  assert.match(labels.sentence({ count: 9, mean: 20 }, "PET", "32"), /9 pixels of PET changed by \+20\.0 on average: values stay/);
  assert.match(labels.sentence({ count: 9, mean: 20 }, "PET", "mean"), /on average\.$/);
  assert.match(labels.sentence({ count: 0, mean: 0 }, "PET", "0"), /stays as it is\.$/);
  assert.match(labels.sentence({ count: 0, mean: 0 }, "PET", "-8"), /cannot get darker/);
});

test("grey levels and shares as text", () => {
  const texts = [0, 1.234, -12.34, 1234.5, 0.0004, -0.0004, NaN].map(labels.grey);
  assert.deepEqual(texts, ["0.00", "+1.23", "\u221212.3", "+1235", "+4e-4", "\u22124e-4", "–"]);
  assert.deepEqual([0.0001, 0.034, 0.912, NaN].map(labels.percent), ["< 0.1 %", "3.4 %", "91 %", "–"]);
  assert.deepEqual(["12", "99", "-99", "x", "1.6"].map(labels.levelOf), [12, 64, -64, 0, 2]);
});

test("the affected part is a square in the image, the whole image where it is large", () => {
  assert.deepEqual(tiles.around({ y0: 10, x0: 20, h: 5, w: 9 }, [48, 80]), { y0: 6, x0: 18, h: 13, w: 13 });
  assert.deepEqual(tiles.around({ y0: 0, x0: 75, h: 5, w: 5 }, [48, 80]), { y0: 0, x0: 71, h: 9, w: 9 });
  assert.deepEqual(tiles.around({ y0: 0, x0: 0, h: 48, w: 80 }, [48, 80]), { y0: 0, x0: 0, h: 48, w: 80 });
});

test("pictures show the whole image, the affected part, or the window", () => {
  const look = { result: { box: { y0: 10, x0: 20, h: 5, w: 9 } }, shape: [48, 80], view: "part", influence: { pixel: { y: 5, x: 6 } }, window: [11, 11] };
  const whole = { y0: 0, x0: 0, h: 48, w: 80 };
  assert.deepEqual(tiles.frame("changed", look), whole);
  assert.deepEqual(tiles.frame("actual", look), tiles.around(look.result.box, look.shape));
  assert.deepEqual(tiles.frame("actual", { ...look, view: "image" }), whole);
  assert.deepEqual(tiles.frame("influence-1", look), windows.zoomFrame({ y: 5, x: 6 }, [11, 11]));
  assert.deepEqual(tiles.frame("influence-1", { ...look, window: null }), whole);
});

test("the enlarged part lies in the corner that is further away", () => {
  const at = (x0) => tiles.inset({ result: { box: { y0: 10, x0, h: 5, w: 5 } }, shape: [48, 80] }, 100, 100);
  assert.deepEqual([at(5).left, at(5).top, at(5).size], [64, 64, 36]);
  assert.equal(at(60).left, 0);
  assert.equal(tiles.inset({ result: { box: { y0: 0, x0: 0, h: 40, w: 40 } }, shape: [48, 80] }, 100, 100), null);
  assert.equal(tiles.inset({ result: null, shape: [48, 80] }, 100, 100), null);
});

test("the address holds every key in order", () => {
  const state = { theme: "dark", change: "-8", x: 4, y: 0, source: 0, method: "m", case: "c d", brush: "", view: "part", gamma: "1" };
  assert.equal(whatifAddress.query(state), "case=c+d&method=m&source=0&y=0&x=4&change=-8&view=part&gamma=1&theme=dark");
  assert.equal(whatifAddress.query({ ...state, case: undefined }), null);
  assert.ok(whatifAddress.selects(state, { case: "e" }));
  assert.ok(!whatifAddress.selects(state, { case: "c d", x: 5 }));
});

test("Explore's link carries case study, method, pixel and brush", () => {
  const query = pixelBar.whatIfQuery({ case: "c", method: "m", y: 0, x: 4, brush: "rect:1,2,3,4", theme: "dark", scale: "signed", pin: "" });
  assert.equal(query, "case=c&method=m&y=0&x=4&brush=rect:1,2,3,4&theme=dark");
});

test("a change has one name", () => {
  assert.equal(whatif.nameOf({ case: "c", method: "m", source: 1, y: 3, x: 4, brush: "region:a", change: "mean" }), "c m 1 3,4 region:a mean");
});

test("arrow keys go round a group of choices", () => {
  assert.deepEqual([choices.step("ArrowRight", 2, 3), choices.step("ArrowUp", 0, 3), choices.step("a", 0, 3)], [0, 2, null]);
});
