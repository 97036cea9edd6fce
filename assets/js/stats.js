/* Statistics of two gradient images. Pure. */
(function (root) {
  "use strict";

  /** Pearson correlation of two arrays; pairs with a NaN are left out; NaN where one of them is constant. */
  function pearson(a, b) {
    let n = 0, meanA = 0, meanB = 0, varA = 0, varB = 0, joint = 0;
    for (let i = 0; i < a.length; i++) {
      const x = a[i], y = b[i];
      if (x !== x || y !== y) continue;
      n++;
      // one pass, updated means: no loss of digits for values far from zero
      const dx = x - meanA, dy = y - meanB;
      meanA += dx / n;
      meanB += dy / n;
      varA += dx * (x - meanA);
      varB += dy * (y - meanB);
      joint += dx * (y - meanB);
    }
    return varA > 0 && varB > 0 ? joint / Math.sqrt(varA * varB) : NaN;
  }

  /** Largest value and largest magnitude of several arrays. */
  function extent(arrays) {
    let maximum = -Infinity, magnitude = 0;
    for (const values of arrays) {
      for (const value of values) {
        if (value > maximum) maximum = value;
        if (Math.abs(value) > magnitude) magnitude = Math.abs(value);
      }
    }
    return { maximum, magnitude };
  }

  const api = { pearson, extent };
  root.FuseVis = Object.assign(root.FuseVis || {}, { stats: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
