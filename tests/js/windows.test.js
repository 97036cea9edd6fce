"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const [windows] = require("./load.js")("windows");

test("the box is the window, cut at every border of the image", () => {
  const box = (y, x) => windows.box({ y, x }, [5, 5], [20, 30]);
  assert.deepEqual(box(10, 10), { y0: 8, x0: 8, h: 5, w: 5 });
  assert.deepEqual(box(0, 0), { y0: 0, x0: 0, h: 3, w: 3 });
  assert.deepEqual(box(19, 29), { y0: 17, x0: 27, h: 3, w: 3 });
  assert.deepEqual(box(1, 28), { y0: 0, x0: 26, h: 4, w: 4 });
});

test("without a window the box is the image", () => {
  assert.deepEqual(windows.box({ y: 3, x: 3 }, null, [20, 30]), { y0: 0, x0: 0, h: 20, w: 30 });
});

test("the zoom keeps the pixel in the middle, also at the border", () => {
  assert.deepEqual(windows.zoomFrame({ y: 0, x: 29 }, [17, 17]), { y0: -8, x0: 21, h: 17, w: 17 });
});

test("the zoom of a tiny window shows what is around it", () => {
  assert.deepEqual(windows.zoomFrame({ y: 10, x: 10 }, [1, 1]), { y0: 6, x0: 6, h: 9, w: 9 });
});

test("a frame is fitted with square pixels, centred", () => {
  assert.deepEqual(windows.fit({ h: 10, w: 5 }, 100, 100), { left: 25, top: 0, scale: 10 });
});

test("pixels are kept inside and on whole numbers", () => {
  assert.deepEqual(windows.inside({ y: -4, x: 7.6 }, [5, 6]), { y: 0, x: 5 });
  assert.equal(windows.name({ y: 3, x: 4 }), "3,4");
  assert.ok(windows.same({ y: 1, x: 2 }, { y: 1, x: 2 }));
  assert.ok(!windows.same({ y: 1, x: 2 }, null));
});
