"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [, { Latest }, address, pixelInput, theme, , , , selection, scene] = require("./load.js")(
  "jacobian_spread", "latest_request", "explore/address", "pixel_input", "theme", "arrays", "windows", "explore/views", "explore/selection", "explore/scene"
);
require("./load.js")("stats");

/** Requests that are answered by hand. */
function desk() {
  const sent = [];
  const heard = [];
  const latest = new Latest(
    (key) => new Promise((answer, refuse) => sent.push({ key, answer, refuse })),
    (key, result) => heard.push([key, result]),
    (key, error) => heard.push([key, error.message])
  );
  return { latest, sent, heard };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one request in flight, and of those asked for meanwhile only the latest", async () => {
  const { latest, sent, heard } = desk();
  ["a", "b", "c"].forEach((key) => latest.ask(key));
  assert.deepEqual(sent.map(({ key }) => key), ["a"]);
  sent[0].answer(1);
  await turn();
  assert.deepEqual(sent.map(({ key }) => key), ["a", "c"]);
  sent[1].answer(2);
  await turn();
  assert.deepEqual(heard, [["a", 1], ["c", 2]]);
  latest.ask("d");
  assert.equal(sent.length, 3);
});

test("a failed request does not stop the next", async () => {
  const { latest, sent, heard } = desk();
  latest.ask("a");
  latest.ask("b");
  sent[0].refuse(new Error("gone"));
  await turn();
  sent[1].answer(2);
  await turn();
  assert.deepEqual(heard, [["a", "gone"], ["b", 2]]);
});

test("a defect in what takes an answer is no lost server, and the next request still goes out", async () => {
  const sent = [];
  const failed = [];
  const latest = new Latest(
    (key) => new Promise((answer) => sent.push({ key, answer })),
    () => { throw new TypeError("a defect"); },
    (key) => failed.push(key)
  );
  const broken = latest.run("a");
  latest.ask("b");
  sent[0].answer(1);
  await assert.rejects(broken, TypeError);
  assert.deepEqual(failed, []);
  assert.deepEqual(sent.map(({ key }) => key), ["a", "b"]);
});

test("no answer at all is a lost server, a refusal is the server's own sentence", async () => {
  const [{ binary, ServerGone }] = require("./load.js")("fetch");
  const former = globalThis.fetch;
  try {
    globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
    await assert.rejects(binary("x"), ServerGone);
    globalThis.fetch = async () => ({ ok: false, status: 404, json: async () => ({ error: "No such case." }) });
    await assert.rejects(binary("x"), (error) => !(error instanceof ServerGone) && error.message === "No such case.");
    globalThis.fetch = async () => ({ ok: false, status: 502, json: async () => JSON.parse("<") });
    await assert.rejects(binary("x"), /answered 502/);
  } finally {
    globalThis.fetch = former;
  }
});

test("what a callback was told is read by name", () => {
  const [controls] = require("./load.js")("controls");
  const lists = [[{ id: "compare-case", value: "c" }, [{ id: "compare-mode", value: "swipe" }]], [{ id: "other", value: 3 }]];
  assert.deepEqual(controls.byName(lists, "compare-"), { case: "c", mode: "swipe", other: 3 });
  assert.deepEqual(controls.byName([[{ id: "case", value: "c" }], undefined], ""), { case: "c" });
});

test("what waits can be forgotten", async () => {
  const { latest, sent } = desk();
  latest.ask("a");
  latest.ask("b");
  latest.forget();
  sent[0].answer(1);
  await turn();
  assert.equal(sent.length, 1);
});

test("the address holds every key in order, floats as the server reads them", () => {
  const state = { scale: "signed", x: 4, y: 3, case: "a b", method: "m", gamma1: 0.30000000000000004, gamma2: 1 };
  assert.equal(address.query(state), "case=a+b&method=m&y=3&x=4&gamma1=0.3&gamma2=1&scale=signed");
  assert.equal(address.query({ ...state, case: null }), null);
});

test("arrow keys step by one, with shift by ten; other keys do nothing", () => {
  const from = { y: 50, x: 50 };
  assert.deepEqual(pixelInput.step(from, "ArrowUp", false), { y: 49, x: 50 });
  assert.deepEqual(pixelInput.step(from, "ArrowRight", true), { y: 50, x: 60 });
  assert.equal(pixelInput.step(from, "a", false), null);
});

test("an unknown theme is the dark one", () => {
  assert.equal(theme.valid("light"), "light");
  assert.equal(theme.valid("<script>"), "dark");
});

const square = (value) => ({ data: new Float32Array(25).fill(value), shape: [5, 5] });
const shown = { case: "c", method: "m", shape: [5, 5], window: [3, 3] };

test("figures of another selection are not taken in", () => {
  const figure = (meta) => ({ layout: { meta }, data: [{ z: [[1]] }] });
  assert.ok(scene.belongs("source-0", figure({ case: "c", method: null }), shown));
  assert.ok(!scene.belongs("fused", figure({ case: "c", method: "other" }), shown));
  assert.ok(!scene.belongs("source-0", figure({ case: "other" }), shown));
  assert.ok(!scene.belongs("fused", figure({}), { case: null, method: null }));
});

test("the same selection is the same case study and method, both failed or neither", () => {
  assert.ok(scene.same({ case: "c", method: "m" }, { case: "c", method: "m", failed: false }));
  assert.ok(!scene.same({ case: "c", method: "m" }, { case: "c", method: "m", failed: true }));
  assert.ok(!scene.same({ case: "c", method: "m" }, { case: "c", method: "n" }));
  assert.ok(!scene.same(null, null));
});

test("cuts, points and numbers of a pixel at the corner", () => {
  const images = { "source-0": square(0.5), "guidance-0": square(1), "guidance-1": square(2) };
  images["guidance-0"].data[1] = 3;
  images["guidance-1"].data[1] = 6;
  const pixel = { y: 0, x: 0 };
  const cuts = selection.storedCuts({ scene: shown, images, rgb: null, pixel });
  assert.equal(cuts["source-0"].data.length, 81);
  assert.equal(cuts["source-0"].data[4 * 9 + 4], 0.5);
  assert.ok(Number.isNaN(cuts["source-0"].data[0]));
  const points = selection.points({ scene: shown, images, pixel });
  assert.deepEqual([...points.x], [1, 3, 1, 1]);
  const numbers = selection.numbers({ images, pixel, points, jacobian: null, imageCorrelation: 0.5, summary: null });
  assert.deepEqual(numbers.gradients, [1, 2]);
  assert.equal(numbers.correlation.window, 1);
  assert.ok(Number.isNaN(numbers.fused));
  const stage = (summary) => selection.numbers({ images, pixel, points, jacobian: null, imageCorrelation: 0.5, summary }).stage;
  assert.equal(stage(null), null);
  assert.equal(stage({ hidden: 0, estimated: null }), "exact");
  assert.equal(stage({ hidden: 0, estimated: "±0.6 %" }), "±0.6 %");
});

test("without guidance the gradient is the Jacobian's entry at its own pixel", () => {
  const jacobian = {
    pixel: { y: 1, x: 0 }, box: { y0: 0, x0: 0, h: 3, w: 2 },
    images: [1, -1].map((sign) => ({ data: Float32Array.from([1, 2, 3, 4, 5, 6], (v) => sign * v), shape: [3, 2] })),
  };
  const known = { images: {}, points: null, jacobian, imageCorrelation: NaN, summary: null };
  assert.deepEqual(selection.numbers({ ...known, pixel: { y: 1, x: 0 } }).gradients, [3, -3]);
  assert.ok(Number.isNaN(selection.numbers({ ...known, pixel: { y: 0, x: 0 } }).gradients[0]));
  assert.deepEqual(selection.ownRange(jacobian, "published"), { zmin: 0, zmax: 6 });
  assert.deepEqual(selection.ownRange(jacobian, "signed"), { zmin: -6, zmax: 6 });
});
