/* What a change does, in numbers: the actual change of the fused image, the predicted one, how far they are apart.
 * Pure.
 *
 * A result is {box, source, change, before, after, predicted}: images {data, shape} on a box of the whole image. */
(function (root) {
  "use strict";

  const LEVELS = 255;

  /** The result of an answer of the route, whose planes lie behind each other, with the two images that follow. */
  function result({ box, pixel, images: [source, change, before, after, predicted] }) {
    const less = (a, b) => ({ data: a.data.map((value, i) => value - b.data[i]), shape: a.shape });
    const actual = less(after, before);
    return { box, pixel, source, change, before, after, predicted, actual, difference: less(actual, predicted) };
  }

  function at({ data }, box, { y, x }) {
    const row = y - box.y0, column = x - box.x0;
    return row >= 0 && column >= 0 && row < box.h && column < box.w ? data[row * box.w + column] : 0;
  }

  /** The value with the largest magnitude, with its sign, and where it is. */
  function largest({ data }, box) {
    let best = 0;
    for (let i = 1; i < data.length; i++) if (Math.abs(data[i]) > Math.abs(data[best])) best = i;
    return { value: data[best], y: box.y0 + Math.floor(best / box.w), x: box.x0 + (best % box.w) };
  }

  /** How many pixels of the source changed, and by how much on average, in grey levels. */
  function changed({ change: { data } }) {
    let count = 0, sum = 0;
    for (const value of data) if (value) { count++; sum += value; }
    return { count, mean: count ? (LEVELS * sum) / count : 0 };
  }

  /** {at, largest, mean, total} in grey levels of an image of a result. */
  function row(found, image, pixel) {
    const { data } = image;
    let count = 0, inside = 0, total = 0;
    data.forEach((value, i) => {
      total += value;
      if (found.change.data[i]) { count++; inside += value; }
    });
    const all = { at: at(image, found.box, pixel), largest: largest(image, found.box).value, mean: count ? inside / count : 0, total };
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, LEVELS * value]));
  }

  /** The table: rows of `row` by column, and the share of the actual change (sum of |·|) that was not predicted. */
  function table(found, pixel) {
    const sum = ({ data }) => data.reduce((total, value) => total + Math.abs(value), 0);
    const actual = sum(found.actual);
    return {
      actual: row(found, found.actual, pixel),
      predicted: row(found, found.predicted, pixel),
      apart: row(found, found.difference, pixel),
      share: actual > 0 ? sum(found.difference) / actual : NaN,
    };
  }

  /** The largest magnitude of several images; 1 where all are 0. */
  function extent(...images) {
    let most = 0;
    for (const { data } of images) for (const value of data) most = Math.max(most, Math.abs(value));
    return most || 1;
  }

  const api = { LEVELS, result, at, largest, changed, table, extent };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatifNumbers: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
