"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [address, pixelInput, viewport, drags, pinch, levels, exports_, menu, theme, travel] = require("./load.js")(
  "explore/address", "pixel_input", "explore/viewport", "explore/drags", "explore/pinch", "explore/window_level", "explore/exports", "explore/menu", "theme", "explore/history"
);

test("a click pins, the next releases; a finger moves the pin", () => {
  assert.deepEqual(pixelInput.click(false, false, true), { pinned: true, selects: true });
  assert.deepEqual(pixelInput.click(true, false, false), { pinned: false, selects: true });
  assert.deepEqual(pixelInput.click(true, true, false), { pinned: true, selects: true });
  assert.equal(pixelInput.click(true, true, true).pinned, false);
});

test("typed coordinates are brought into the image; nonsense is none", () => {
  assert.equal(pixelInput.coordinate("17", 20), 17);
  assert.equal(pixelInput.coordinate("99", 20), 19);
  assert.equal(pixelInput.coordinate("-3", 20), 0);
  assert.equal(pixelInput.coordinate("2.6", 20), 3);
  for (const text of ["", " ", "x", "1e999"]) assert.equal(pixelInput.coordinate(text, 20), null);
});

const SHAPE = [48, 80];
const WHOLE = viewport.whole(SHAPE);

test("zooming keeps the point under the pointer, the proportions, and stays in the image", () => {
  const point = { y: 20, x: 60 };
  const view = viewport.zoomed(WHOLE, SHAPE, point, 2);
  assert.deepEqual([view.h, view.w], [24, 40]);
  const share = (v) => [(point.y - v.y0) / v.h, (point.x - v.x0) / v.w];
  share(view).forEach((value, i) => assert.ok(Math.abs(value - share(WHOLE)[i]) < 1e-12));
  assert.deepEqual(viewport.zoomed(view, SHAPE, { y: 0, x: 0 }, 0.01), WHOLE);
  const closest = viewport.zoomed(WHOLE, SHAPE, { y: -0.5, x: -0.5 }, 1e9);
  assert.deepEqual(closest, { y0: -0.5, x0: -0.5, h: 8, w: 80 / 6 });
});

test("moving stops at the border; revealing moves no further than needed", () => {
  const view = viewport.zoomed(WHOLE, SHAPE, { y: 24, x: 40 }, 4);
  assert.equal(viewport.moved(view, SHAPE, 1000, 0).y0, 48 - 0.5 - 12);
  assert.equal(viewport.moved(view, SHAPE, 0, -1000).x0, -0.5);
  assert.deepEqual(viewport.revealing(view, SHAPE, { y: 24, x: 40 }), view);
  const there = viewport.revealing(view, SHAPE, { y: 0, x: 79 });
  assert.deepEqual([there.y0, there.x0 + there.w], [-0.5, 79.5]);
  assert.deepEqual(viewport.revealing(WHOLE, SHAPE, { y: 47, x: 0 }), WHOLE);
});

test("what lies between two fingers stays there, and they enlarge by their distance", () => {
  const view = viewport.zoomed(WHOLE, SHAPE, { y: 24, x: 40 }, 2);
  const at = (v, place) => [v.y0 + place.y * v.h, v.x0 + place.x * v.w];
  const from = { y: 0.5, x: 0.4, spread: 100 }, to = { y: 0.6, x: 0.5, spread: 150 };
  const next = pinch.pinched(view, SHAPE, from, to);
  assert.ok(Math.abs(next.w - view.w / 1.5) < 1e-12);
  at(next, to).forEach((value, i) => assert.ok(Math.abs(value - at(view, from)[i]) < 1e-12));
  const still = pinch.pinched(view, SHAPE, from, from);
  Object.keys(view).forEach((key) => assert.ok(Math.abs(still[key] - view[key]) < 1e-12));
});

test("the transform takes a drawn axis to the shown one", () => {
  const { scale, shift } = viewport.transform([-0.5, 79.5], [19.5, 39.5], 256);
  const drawn = (value) => ((value + 0.5) / 80) * 256;
  assert.equal(scale, 4);
  assert.equal(drawn(19.5) * scale + shift, 0);
  assert.equal(drawn(39.5) * scale + shift, 256);
});

test("which drag a press begins", () => {
  assert.equal(drags.kind(1, false, "fused"), "pan");
  assert.equal(drags.kind(0, true, "fused"), "pan");
  assert.equal(drags.kind(0, false, "fused"), null);
  assert.equal(drags.kind(2, false, "source-1"), "levels");
  assert.equal(drags.kind(2, false, "guidance-1"), null);
});

test("window and level", () => {
  const full = { width: 1, level: 0.5 };
  assert.deepEqual(levels.range(full), { zmin: 0, zmax: 1 });
  assert.equal(levels.text(full), "");
  const narrow = levels.dragged(full, -128, 64);
  assert.deepEqual(narrow, { width: 0.5, level: 0.75 });
  assert.deepEqual(levels.range(narrow), { zmin: 0.5, zmax: 1 });
  assert.equal(levels.text(narrow), "window 0.50, level 0.75");
  assert.ok(levels.dragged(full, -9999, 0).width > 0);
});

test("names and routes of files", () => {
  const selection = { scene: { case: "c 1", method: "a_b" }, pixel: { y: 3, x: 4 } };
  assert.equal(exports_.fileName(selection, "fused-zoom", "png"), "c-1_a-b_fused-zoom_3-4.png");
  assert.equal(exports_.route(selection, "jacobian-0", "csv"), "api/v1/jacobian?case=c+1&method=a_b&y=3&x=4&format=csv");
  assert.equal(exports_.route(selection, "scatter", "npz"), "api/v1/guidance?case=c+1&method=a_b&format=npz");
  assert.ok(exports_.formats("jacobian-1-zoom").includes("csv"));
  assert.ok(!exports_.formats("fused").includes("csv"));
});

test("keys in a menu go round", () => {
  assert.equal(menu.step("ArrowDown", 2, 3), 0);
  assert.equal(menu.step("ArrowUp", 0, 3), 2);
  assert.equal(menu.step("End", 0, 3), 2);
  assert.equal(menu.step("x", 0, 3), null);
});

test("a link's theme counts only where it exists", () => {
  assert.equal(theme.linked("?theme=light"), "light");
  assert.equal(theme.linked("?theme=%3Cscript%3E"), null);
  assert.equal(theme.linked(""), null);
});

const STATE = { case: "c", method: "m", y: 3, x: 4, gamma1: 0.3, gamma2: 1, scale: "signed", pin: "1", theme: "dark" };

test("an address read back is the state that was written; broken numbers are none", () => {
  const read = address.parse(`?${address.query(STATE)}`);
  for (const [key, value] of Object.entries(STATE)) assert.equal(read[key], value);
  assert.equal(address.parse("?y=<b>").y, null);
  assert.equal(address.query(address.parse("?case=c&y=zz")), null);
  assert.ok(!address.query({ ...STATE, pin: "" }).includes("pin"));
});

test("only another case study or method is a selection, and only its controls change", () => {
  assert.ok(address.selects(STATE, { case: "d" }));
  assert.ok(!address.selects(STATE, { case: "c", gamma1: 2 }));
  assert.ok(!address.selects({}, { case: "c" }));
  assert.deepEqual(travel.changes(STATE, { ...STATE, y: 9, pin: "", gamma1: 0.5, case: "d" }), ["case", "gamma1"]);
});

/** A browser's history and address, as far as the module uses them. */
function browser(run) {
  const entries = [""];
  const location = { pathname: "/", search: "" };
  const go = (how) => (_state, _title, url) => {
    location.search = url.slice(1);
    entries.splice(how === "push" ? entries.length : entries.length - 1, 1, new URLSearchParams(url.slice(2)));
  };
  Object.assign(globalThis, {
    location, document: { getElementById: () => ({}) },
    history: { state: null, pushState: go("push"), replaceState: go("replace") },
  });
  try {
    run(entries, (key) => entries.map((entry) => entry.get(key)));
  } finally {
    ["location", "document", "history"].forEach((name) => delete globalThis[name]);
  }
}

test("selections are entries of the history, the way between them is not", () => {
  browser((_entries, all) => {
    address.begin();
    address.note({ ...STATE, pin: "" });
    address.note({ y: 5 });
    address.note({ y: 6, x: 6, pin: 1 }, "selection");
    address.note({ pin: "" }, "passing");
    address.note({ y: 7 });
    address.note({ y: 8, pin: 1 }, "selection");
    address.note({ method: "n" });
    address.note({ gamma1: 0.7 });
    address.flush();
    assert.deepEqual(all("y"), ["5", "6", "8", "8"]);
    assert.deepEqual(all("pin"), [null, "1", "1", "1"]);
    assert.deepEqual(all("method"), ["m", "m", "m", "n"]);
    assert.deepEqual(all("gamma1"), ["0.3", "0.3", "0.3", "0.7"]);
    address.begin();
  });
});
