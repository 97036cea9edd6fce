"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [{ after, stateFor }] = require("./load.js")("chosen");

const KEYS = (room) => globalThis.FuseVis.addresses.all()[room].keys;
const EXPLORE = { case: "c", method: "m", y: 3, x: 4, gamma1: 0.4, gamma2: 1, scale: "signed", brush: "region:rim", theme: "light", coded: "split" };

test("case study, method, pixel, region, scale, gammas and theme go along", () => {
  const chosen = after({}, "explore", EXPLORE);
  const compare = stateFor(KEYS("compare"), chosen);
  const { method, region, y, x, gamma1, scale, theme } = compare;
  assert.deepEqual([compare.case, method, region, y, x, gamma1, scale, theme], ["c", "m", "rim", 3, 4, 0.4, "signed", "light"]);
  assert.equal(stateFor(KEYS("metrics"), chosen).area, "region:rim");
  assert.equal(stateFor(KEYS("whatif"), chosen).brush, "region:rim");
  assert.equal(stateFor(KEYS("methods"), chosen).method, "m");
});

test("on the way back a page is as it was left, but for what was chosen meanwhile", () => {
  let chosen = after({}, "explore", EXPLORE);
  chosen = after(chosen, "compare", { case: "c", methods: ["a", "b"], y: 9, x: 9, region: "core", gamma1: 0.4 });
  const back = stateFor(KEYS("explore"), chosen, EXPLORE);
  assert.deepEqual([back.coded, back.method, back.y, back.brush], ["split", "a", 9, "region:core"]);
});

test("what belongs to a case study stays with it", () => {
  let chosen = after({}, "explore", EXPLORE);
  chosen = after(chosen, "metrics", { case: "d", method: "m", area: "whole" });
  assert.deepEqual([chosen.case, chosen.y, chosen.brush], ["d", undefined, undefined]);
  const back = stateFor(KEYS("explore"), chosen, EXPLORE);
  assert.deepEqual([back.case, back.y, back.brush, back.gamma1], ["d", undefined, undefined, 0.4]);
});

test("a method that Compare has no row for gets one", () => {
  const chosen = after({}, "explore", EXPLORE);
  assert.deepEqual(stateFor(KEYS("compare"), chosen, { case: "c", methods: ["a", "b"] }).methods, ["a", "b", "m"]);
  assert.deepEqual(stateFor(KEYS("compare"), chosen, { case: "c", methods: ["a", "m"] }).methods, ["a", "m"]);
});

test("a region that is released on Compare is gone; a drawn brush is left alone", () => {
  assert.equal(after({ case: "c", brush: "region:rim" }, "compare", { case: "c", methods: ["a"], region: "" }).brush, "");
  assert.equal(after({ case: "c", brush: "rect:1,2,3,4" }, "compare", { case: "c", methods: ["a"], region: "" }).brush, "rect:1,2,3,4");
});

test("a brush from the scatter remembers whose scatter it was", () => {
  const chosen = after({}, "explore", { ...EXPLORE, brush: "scatter:0,0,1,1" });
  assert.equal(stateFor(KEYS("regions"), chosen).plane, "m");
});
