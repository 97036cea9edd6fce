/* How many Jacobian images a second reach this browser, one after the other: asked for, decoded, drawn.
 *
 * Pixels are random, so that none comes from a cache. The display's own rhythm is part of it: a frame counts
 * when the browser is about to show it. */
(function (root) {
  "use strict";

  const FRAMES = 40;

  /** Random pixels (row, column) of an image; `random` gives numbers from 0 to 1. Pure. */
  function pixels(count, height, width, random = Math.random) {
    const below = (size) => Math.min(size - 1, Math.floor(random() * size));
    return Array.from({ length: count }, () => ({ y: below(height), x: below(width) }));
  }

  /** Signed values as grey bytes about the middle, RGBA. Pure. */
  function picture(values) {
    let most = 0;
    for (const value of values) most = Math.max(most, Math.abs(value));
    const bytes = new Uint8ClampedArray(4 * values.length);
    values.forEach((value, i) => {
      bytes.fill(most ? 127.5 * (1 + value / most) : 127.5, 4 * i, 4 * i + 3);
      bytes[4 * i + 3] = 255;
    });
    return bytes;
  }

  function draw(canvas, { data, shape: [height, width] }) {
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(new ImageData(picture(data), width, height), 0, 0);
  }

  /** The browser is about to show a frame; a page in the background waits until it is seen. */
  function shown() {
    return new Promise((resolve) => requestAnimationFrame(resolve));
  }

  async function frame({ case: caseId, method }, { y, x }, canvas) {
    const query = new URLSearchParams({ case: caseId, method, y, x, format: "bin" });
    const answer = await fetch(`api/v1/jacobian?${query}`);
    if (!answer.ok) throw new Error(`The Jacobian route answered ${answer.status}.`);
    const jacobian = root.FuseVis.wire.jacobian(await answer.arrayBuffer());
    for (const image of jacobian.images) draw(canvas, image);
    await shown();
  }

  /** Frames per second of one method. */
  async function rate(what, count = FRAMES) {
    const canvas = document.createElement("canvas");
    const [first, ...others] = pixels(count + 1, what.height, what.width);
    await frame(what, first, canvas); // prepares the method
    const start = performance.now();
    for (const pixel of others) await frame(what, pixel, canvas);
    return (1000 * others.length) / (performance.now() - start);
  }

  /** Frames per second by method; methods that fail are left out. `progress` hears the share, what is
   * next, and what was found. */
  async function rates(list, progress = () => {}, count = rate) {
    const found = {};
    for (const [number, what] of list.entries()) {
      progress(number / list.length, what.method, { ...found });
      try {
        found[what.method] = await count(what);
      } catch {
        // the card says what is wrong with the method
      }
    }
    return found;
  }

  const api = { pixels, picture, rates };
  root.FuseVis = Object.assign(root.FuseVis || {}, { frameRate: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
