/* A brush: a set of pixels that is marked on all images and in the scatter. Pure.
 *
 * It is told by its shape, which is also its form in the address (dashboard/shared/brush_text.py checks the same forms):
 *   region:<id>            a region of interest of the case study
 *   rect:y0,x0,y1,x1       a rectangle of pixels, both corners included
 *   poly:y,x;y,x;…         a freehand area on an image
 *   scatter:x0,y0,x1,y1    a box in the plane of the two guidance values
 *   lasso:x,y;x,y;…        a freehand area in that plane */
(function (root) {
  "use strict";

  const MOST_CORNERS = 48;
  const COUNTS = { rect: 4, scatter: 4 };

  /** {kind, numbers} or {kind: "region", id} of a text; null where it is none. */
  function parse(text) {
    const [, kind, rest] = /^([a-z]+):(.+)$/.exec(text || "") || [];
    if (kind === "region") return { kind, id: rest };
    const pairs = kind === "poly" || kind === "lasso";
    if (!pairs && !COUNTS[kind]) return null;
    const numbers = rest.split(/[,;]/).map(Number);
    const complete = pairs ? numbers.length >= 6 && numbers.length % 2 === 0 : numbers.length === COUNTS[kind];
    return complete && numbers.every(Number.isFinite) ? { kind, numbers } : null;
  }

  /** Four significant digits: finer than a screen pixel of the scatter. */
  function short(value) {
    return String(Number(value.toPrecision(4)));
  }

  /** At most MOST_CORNERS of the corners of a drawn line, evenly taken. */
  function simplify(corners) {
    const every = Math.max(1, corners.length / MOST_CORNERS);
    return Array.from({ length: Math.min(corners.length, MOST_CORNERS) }, (_, i) => corners[Math.floor(i * every)]);
  }

  /** The texts of what was drawn. Corners of areas are [y, x] on images and [x, y] in the scatter. */
  const text = {
    region: (id) => `region:${id}`,
    rect: (a, b) =>
      `rect:${[Math.min(a.y, b.y), Math.min(a.x, b.x), Math.max(a.y, b.y), Math.max(a.x, b.x)].join(",")}`,
    poly: (corners) => `poly:${simplify(corners).map((corner) => corner.join(",")).join(";")}`,
    scatter: ([x0, x1], [y0, y1]) =>
      `scatter:${[Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)].map(short).join(",")}`,
    lasso: (corners) => `lasso:${simplify(corners).map((corner) => corner.map(short).join(",")).join(";")}`,
  };

  /** Whether a point lies in a polygon given as [a, b, a, b, …], by the even-odd rule. */
  function inside(a, b, polygon) {
    let odd = false;
    const last = polygon.length - 2;
    for (let i = 0, j = last; i <= last; j = i, i += 2) {
      const b0 = polygon[i + 1], b1 = polygon[j + 1];
      if (b0 > b !== b1 > b && a < polygon[i] + ((b - b0) / (b1 - b0)) * (polygon[j] - polygon[i])) odd = !odd;
    }
    return odd;
  }

  /** The pixels of a region as the server packs them: base64 of bits, row after row, highest bit first. */
  function unpack(base64, count) {
    const binary = atob(base64);
    return Uint8Array.from({ length: count }, (_, i) => (binary.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1);
  }

  /** Which pixels a brush holds: one byte each, row after row; null where it cannot be said (yet).
   *
   * shape: [height, width]; guidance: the two images {data}, or null; regions: {id: base64 mask}. */
  function mask(brush, shape, guidance, regions) {
    const [height, width] = shape;
    if (brush.kind === "region") {
      return Object.hasOwn(regions, brush.id) ? unpack(regions[brush.id], height * width) : null;
    }
    const inScatter = brush.kind === "scatter" || brush.kind === "lasso";
    if (inScatter && !guidance) return null;
    const holds = test(brush);
    const out = new Uint8Array(height * width);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        out[i] = inScatter ? holds(guidance[0].data[i], guidance[1].data[i]) : holds(y, x);
      }
    }
    return out;
  }

  function test({ kind, numbers }) {
    const [a0, b0, a1, b1] = numbers;
    if (COUNTS[kind]) return (a, b) => a >= a0 && a <= a1 && b >= b0 && b <= b1;
    return (a, b) => inside(a, b, numbers);
  }

  /** The guidance values of the pixels of a mask, one array per source. */
  function points(held, guidance) {
    const places = [];
    held.forEach((on, i) => on && places.push(i));
    const [x, y] = guidance.map(({ data }) => Float64Array.from(places, (i) => data[i]));
    return { x, y };
  }

  /** {n, pearson, spearman, slope} of guidance 2 over guidance 1 in a brush. */
  function numbers({ x, y }) {
    const { pearson, slope, spearman } = root.FuseVis.stats;
    return { n: x.length, pearson: pearson(x, y), spearman: spearman(x, y), slope: slope(x, y) };
  }

  /** The border between what a mask holds and the rest: [y0, x0, y1, x1] in pixel edges, runs in one piece. */
  function border(held, [height, width]) {
    const lines = [];
    const at = (y, x) => (y >= 0 && x >= 0 && y < height && x < width ? held[y * width + x] : 0);
    const trace = (outer, inner, edge, line) => {
      for (let o = 0; o <= outer; o++) {
        let start = -1;
        for (let i = 0; i <= inner; i++) {
          const on = i < inner && edge(o, i);
          if (on && start < 0) start = i;
          if (!on && start >= 0) {
            lines.push(line(o, start, i));
            start = -1;
          }
        }
      }
    };
    trace(height, width, (y, x) => at(y, x) !== at(y - 1, x), (y, from, to) => [y, from, y, to]);
    trace(width, height, (x, y) => at(y, x) !== at(y, x - 1), (x, from, to) => [from, x, to, x]);
    return lines;
  }

  /** The query with which the Regions page shows a brush; an area of the scatter belongs to the scene's method. */
  function regionsQuery(text, { case: kase, method }) {
    const plane = /^(scatter|lasso):/.test(text) ? { plane: method } : {};
    return root.FuseVis.addresses.written(Object.entries({ case: kase, brush: text, method, ...plane }));
  }

  const api = { MOST_CORNERS, parse, text, inside, unpack, mask, points, numbers, border, regionsQuery };
  root.FuseVis = Object.assign(root.FuseVis || {}, { brush: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
