/* How a Jacobian is spread: over the sources, over the signs, over the distance from its pixel. Pure. */
(function (root) {
  "use strict";

  const known = new WeakMap();

  /** Sum of |g| of an array, and of it what is negative. */
  function sums(values) {
    let absolute = 0, negative = 0;
    for (const value of values) {
      absolute += Math.abs(value);
      if (value < 0) negative -= value;
    }
    return { absolute, negative };
  }

  /** Radius in pixels, from centre to centre, of the smallest disc around a pixel that holds half of Σ|g|.
   *
   * image {data, shape} lies at box {y0, x0}; NaN where there is no gradient at all. */
  function halfRadius({ data, shape: [h, w] }, { y0, x0 }, { y, x }) {
    const dy = Math.max(Math.abs(y - y0), Math.abs(y0 + h - 1 - y));
    const dx = Math.max(Math.abs(x - x0), Math.abs(x0 + w - 1 - x));
    // squared distances are whole numbers, so the discs are bins
    const rings = new Float64Array(dy * dy + dx * dx + 1);
    let total = 0;
    for (let row = 0, i = 0; row < h; row++) {
      for (let column = 0; column < w; column++, i++) {
        const size = Math.abs(data[i]);
        rings[(row + y0 - y) ** 2 + (column + x0 - x) ** 2] += size;
        total += size;
      }
    }
    if (!(total > 0)) return NaN;
    let held = 0, squared = -1;
    // a half that is reached but for rounding is reached
    while (held < total * (0.5 - 1e-12)) held += rings[++squared];
    return Math.sqrt(squared);
  }

  /** {share, negative, radius} of a Jacobian, one number per source each.
   *
   * share: of the absolute gradient of all sources, 0 to 1; negative: share of a source's absolute gradient that
   * is negative, 0 to 1; radius: see `halfRadius`. NaN where nothing is to be shared. */
  function of(jacobian) {
    if (!known.has(jacobian)) {
      const parts = jacobian.images.map((image) => sums(image.data));
      const total = parts.reduce((sum, part) => sum + part.absolute, 0);
      known.set(jacobian, {
        share: parts.map((part) => part.absolute / total),
        negative: parts.map((part) => part.negative / part.absolute),
        radius: jacobian.images.map((image) => halfRadius(image, jacobian.box, jacobian.pixel)),
      });
    }
    return known.get(jacobian);
  }

  const api = { halfRadius, of };
  root.FuseVis = Object.assign(root.FuseVis || {}, { jacobianSpread: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
