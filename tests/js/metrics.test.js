"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [metrics] = require("./load.js")("metrics/page");

const STATE = { case: "glioma", area: "region:rim", form: "both", sort: "", method: "masknet", metric: "q_fmi", opacity: 0 };

test("the address names what is set, in the server's order, and nothing without a case", () => {
  assert.equal(metrics.query(STATE), "case=glioma&area=region:rim&form=both&method=masknet&metric=q_fmi&opacity=0");
  assert.equal(metrics.query({ ...STATE, case: null }), null);
  assert.equal(metrics.query({ ...STATE, method: "<b>&" }).includes("<"), false);
});

test("another selection is an entry of its own, another opacity is not", () => {
  assert.equal(metrics.selects(STATE, { ...STATE, case: "control" }), true);
  assert.equal(metrics.selects(STATE, { ...STATE, metric: "q_ssim" }), true);
  assert.equal(metrics.selects(STATE, { ...STATE, opacity: 40, sort: "q_mi" }), false);
  assert.equal(metrics.selects({}, STATE), false);
});

test("a click on the head that sorts ends the sorting", () => {
  assert.equal(metrics.sorted("", "q_mi"), "q_mi");
  assert.equal(metrics.sorted("q_xy", "q_mi"), "q_mi");
  assert.equal(metrics.sorted("q_mi", "q_mi"), "");
});

test("arrows walk by one, with shift by ten, and stay in the image", () => {
  const shape = [48, 80];
  assert.deepEqual(metrics.walked(null, "ArrowUp", false, shape), { y: 24, x: 40 });
  assert.deepEqual(metrics.walked({ y: 5, x: 5 }, "ArrowUp", false, shape), { y: 4, x: 5 });
  assert.deepEqual(metrics.walked({ y: 5, x: 5 }, "ArrowLeft", true, shape), { y: 5, x: 0 });
  assert.deepEqual(metrics.walked({ y: 45, x: 78 }, "ArrowDown", true, shape), { y: 47, x: 78 });
  assert.equal(metrics.walked({ y: 5, x: 5 }, "a", false, shape), null);
});

test("the readout says the row, the column and both values, or that there is none", () => {
  const fused = { data: [0, 0.25, 0.5, 0.75, 1, 0.125], shape: [2, 3] };
  const map = { data: [NaN, 0.1, -0.2, 0.3, 0.4, 0.5], shape: [2, 3] };
  assert.equal(metrics.reading({ y: 0, x: 2 }, fused, map, "Q FMI"), "row 0, column 2 · Q FMI −0.2000 · fused 0.5000");
  assert.equal(metrics.reading({ y: 1, x: 0 }, fused, map, "Q FMI"), "row 1, column 0 · Q FMI 0.3000 · fused 0.7500");
  assert.match(metrics.reading({ y: 0, x: 0 }, fused, map, "Q FMI"), /no window here/);
});
