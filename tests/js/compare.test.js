"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [, , , wire, windows] = require("./load.js")("arrays", "stats", "colours", "wire", "windows");
const [address, data, coded, look, numbers, pair, place, pointer, requests, rows, scales, scatter, tiles] = require("./load.js")(
  "compare/address", "compare/data", "compare/coded", "compare/look", "compare/numbers", "compare/pair", "compare/place",
  "compare/pointer", "compare/requests", "compare/rows", "compare/scales", "compare/scatter", "compare/tiles"
);

const image = (values, shape = [1, values.length]) => ({ data: Float32Array.from(values), shape });
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("rows are added, moved, removed and put first, each once", () => {
  const three = ["a", "b", "c"];
  assert.deepEqual(rows.changed(three, "up", "b"), ["b", "a", "c"]);
  assert.deepEqual(rows.changed(three, "down", "b"), ["a", "c", "b"]);
  assert.deepEqual(rows.changed(three, "up", "a"), three);
  assert.deepEqual(rows.changed(three, "down", "c"), three);
  assert.deepEqual(rows.changed(three, "remove", "b"), ["a", "c"]);
  assert.deepEqual(rows.changed(three, "add", "d"), ["a", "b", "c", "d"]);
  assert.deepEqual(rows.changed(three, "add", "b"), three);
  assert.deepEqual(rows.changed(three, "first", "c"), ["c", "a", "b"]);
  assert.deepEqual(three, ["a", "b", "c"]);
});

test("the address holds what is there, in order, lists with their commas", () => {
  const state = { methods: ["m", "n"], x: 4, y: 3, case: "c", mix: 50, region: "", pair: ["n", "m"], gamma1: 0.30000000000000004 };
  assert.equal(address.query(state), "case=c&methods=m,n&y=3&x=4&gamma1=0.3&pair=n,m&mix=50");
  assert.equal(address.query({ ...state, methods: [] }), null);
});

test("other rows or case studies are a step in the history, another pixel is none", () => {
  const before = { case: "c", methods: ["a", "b"], y: 1, case2: "" };
  assert.ok(address.selects(before, { methods: ["b", "a"] }));
  assert.ok(address.selects(before, { case2: "d" }));
  assert.ok(!address.selects(before, { methods: ["a", "b"], y: 2 }));
  assert.ok(!address.selects({}, before));
});

test("a scene needs its sources, fused images and what guidance is there; summed gradients for colours", () => {
  const row = (method, state) => ({ key: `c/${method}`, case: "c", method, state });
  const scene = { cases: { c: {} }, rows: [row("r", "ready"), row("p", "pending"), row("f", "failed"), row("e", "extra")] };
  const names = (each) => data.wanted(each).map(([name]) => name);
  assert.deepEqual(names(scene), ["sources c", "fused c/r", "guidance c/r", "fused c/p", "fused c/e"]);
  assert.deepEqual(names({ ...scene, coded: true }).filter((name) => name.startsWith("summed")), ["summed c/r", "summed c/p"]);
  assert.equal(data.wanted(scene)[2][1], "api/v1/guidance?case=c&method=r&format=bin");
});

test("two images are blended, divided and subtracted value by value", () => {
  const a = Float32Array.from([0, 1, 0.5, 0.25]), b = Float32Array.from([1, 0, 0.5, 0.75]);
  pair.blend(a, b, 0.25).forEach((value, i) => close(value, [0.25, 0.75, 0.5, 0.375][i]));
  const { data: apart, magnitude } = pair.difference(a, b);
  apart.forEach((value, i) => close(Math.abs(value), Math.abs(a[i] - b[i])));
  close(apart[1], 1);
  close(magnitude, 1);
  assert.deepEqual([...pair.swipe(a, b, [2, 2], 0.5)], [a[0], b[1], a[2], b[3]]);
  assert.deepEqual([...pair.swipe(a, b, [2, 2], 0)], [...b]);
  assert.deepEqual([...pair.swipe(a, b, [2, 2], 1)], [...a]);
});

test("the line of the swipe stays on the image", () => {
  assert.equal(pair.percent(150, 100, 200), 25);
  assert.equal(pair.percent(50, 100, 200), 0);
  assert.equal(pair.percent(900, 100, 200), 100);
});

test("the values of a pair at a pixel, with their distance", () => {
  assert.equal(pair.values([image([0, 0.25]), image([0, 0.75])], { y: 0, x: 1 }), "A 0.250, B 0.750, |A − B| 0.500");
});

const guided = [
  { key: "a", state: "ready", maximum: 2, magnitude: 3, hidden: 0.1 },
  { key: "b", state: "ready", maximum: 1, magnitude: 1, hidden: 0.3 },
];

test("a shared scale covers all rows, a method's its own", () => {
  assert.deepEqual(scales.range(guided[1], guided, "shared", {}), { maximum: 2, magnitude: 3 });
  assert.deepEqual(scales.range(guided[1], guided, "method", {}), { maximum: 1, magnitude: 1 });
});

test("without guidance a scale covers the Jacobians on the screen", () => {
  const waiting = [{ key: "a", state: "pending" }, { key: "b", state: "pending" }];
  const jacobians = { a: { images: [image([0.5, -2]), image([1])] } };
  assert.deepEqual(scales.range(waiting[0], waiting, "shared", jacobians), { maximum: 1, magnitude: 2 });
  assert.equal(scales.range(waiting[1], waiting, "method", jacobians), null);
});

test("the scale is said with what it covers and hides", () => {
  assert.equal(
    scales.sentence(guided, "published", "shared"),
    "One scale for all rows: 0 … 2, the maximum of the guidance of all 2 rows. Negative and hidden: 10 to 30 % of the absolute gradient."
  );
  assert.match(scales.sentence(guided, "signed", "shared"), /±3, the largest magnitude .* Nothing is hidden\.$/);
  assert.match(scales.sentence(guided, "published", "method"), /^Each row has its own scale/);
  assert.match(scales.sentence([guided[0], { state: "pending" }], "published", "shared"), /1 of 2 rows/);
  assert.match(scales.sentence([{ state: "pending" }], "published", "shared"), /^Until .* one scale covers the Jacobians of all rows\.$/);
  assert.match(scales.sentence([{ state: "pending" }], "published", "method"), /^Until .* of each row covers its own Jacobians\.$/);
  assert.equal(scales.sentence([], "published", "shared"), "");
});

test("the axes of a scatter hold all values, with a margin; its plane has the largest y on top", () => {
  const [[x0, x1], [y0, y1]] = scatter.axes([[image([-1, 1]), image([0, 0.5])], [image([0, 3]), image([0.25])]]);
  close(x0, -1.16);
  close(x1, 3.16);
  close(y0, -0.02);
  close(y1, 0.52);
  const plane = scatter.plane([[0, 1], [0, 1]], 200, 100);
  assert.equal(plane.x(0), plane.left);
  assert.equal(plane.x(1), plane.left + plane.width);
  assert.equal(plane.y(1), plane.top);
  assert.equal(plane.y(0), plane.top + plane.height);
});

test("each channel of guidance RGB is scaled on its own, a constant one is dark", () => {
  const rgba = tiles.rgb([image([-1, 0, 1]), image([0, 5, 10]), image([7, 7, 7])]);
  assert.deepEqual([...rgba], [0, 0, 0, 255, 128, 128, 0, 255, 255, 255, 0, 255]);
});

test("whole images are pointed at, scatters and enlarged windows are not", () => {
  assert.ok(pointer.whole("source", "window"));
  assert.ok(pointer.whole("guidance", "window"));
  assert.ok(pointer.whole("jacobian", "image"));
  assert.ok(!pointer.whole("jacobian", "window"));
  assert.ok(!pointer.whole("scatter", "image"));
});

test("one request names all methods of a case study, in the order of the rows", () => {
  const row = (id, method) => ({ key: `${id}/${method}`, case: id, method });
  const found = requests.addresses([row("c", "b"), row("c", "a"), row("d", "b")], { c: { y: 1, x: 2 }, d: { y: 0, x: 2 } });
  assert.deepEqual(found.map(({ url }) => url), [
    "api/v1/jacobians?case=c&methods=b%2Ca&y=1&x=2&format=bin",
    "api/v1/jacobians?case=d&methods=b&y=0&x=2&format=bin",
  ]);
  assert.deepEqual(found[0].rows.map(({ method }) => method), ["b", "a"]);
});

test("the common frame holds the largest window; rows that failed have none", () => {
  const row = (window, state = "ready") => ({ window, state });
  assert.deepEqual(look.largest([row([3, 9]), row([5, 5]), row([99, 99], "failed")]), [5, 9]);
  assert.equal(look.largest([row([3, 3]), row(null)]), null);
  assert.equal(look.largest([]), null);
});

test("without guidance the gradients are the Jacobian's own entries, for its own pixel only", () => {
  const jacobian = {
    pixel: { y: 4, x: 1 }, box: { y0: 3, x0: 0, h: 2, w: 3 },
    images: [image([1, 2, 3, 4, 5, 6], [2, 3]), image([0, 0, 0, 0, -5, 0], [2, 3])],
  };
  assert.deepEqual(numbers.own(jacobian, { y: 4, x: 1 }), [5, -5]);
  assert.deepEqual(numbers.own(jacobian, { y: 4, x: 2 }), [NaN, NaN]);
  assert.deepEqual(numbers.own(undefined, { y: 4, x: 2 }), [NaN, NaN]);
});

test("a preset says how its region looks in each source", () => {
  const regions = [{ id: "core", title: "Necrotic core", tones: ["bright", "dark"] }];
  assert.equal(place.said({ regions }, "core", 0), "Necrotic core is bright");
  assert.equal(place.said({ regions }, "core", 1), "Necrotic core is dark");
  assert.equal(place.said({ regions }, "", 1), "");
});

test("the functional source gives the hue, the other one the brightness", () => {
  assert.deepEqual(coded.roles({ functional: { source: 1, known: true } }), { colour: 1, bright: 0 });
  assert.deepEqual(coded.roles({ functional: { source: 0, known: false } }), { colour: 0, bright: 1 });
});

/** The binary form of a Jacobian with one source, as `dashboard/service/wire.py` has it. */
function packed({ y, x }, values) {
  const view = new DataView(new ArrayBuffer(36 + 4 * values.length));
  [1, 1, 1, values.length, 7, 8, y, x].forEach((value, i) => view.setInt32(4 * i, value, true));
  view.setFloat32(32, 0.5, true);
  values.forEach((value, i) => view.setFloat32(36 + 4 * i, value, true));
  return new Uint8Array(view.buffer);
}

test("an answer about several methods is taken apart in its order", () => {
  const parts = [packed({ y: 7, x: 8 }, [1, 2]), packed({ y: 7, x: 9 }, [3])];
  const head = Int32Array.from([1, 2, ...parts.map((part) => part.length)]);
  const bytes = new Uint8Array(head.byteLength + parts[0].length + parts[1].length);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(parts[0], head.byteLength);
  bytes.set(parts[1], head.byteLength + parts[0].length);
  const found = wire.jacobians(bytes.buffer);
  assert.deepEqual(found.map(({ images }) => [...images[0].data]), [[1, 2], [3]]);
  assert.ok(windows.same(found[1].pixel, { y: 7, x: 9 }));
  new DataView(bytes.buffer).setInt32(0, 2, true);
  assert.throws(() => wire.jacobians(bytes.buffer), /Version 2/);
});
