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

  /** Slope of the least-squares line of b over a; NaN where a is constant. */
  function slope(a, b) {
    let meanA = 0, meanB = 0, varA = 0, joint = 0;
    for (let i = 0; i < a.length; i++) {
      const dx = a[i] - meanA;
      meanA += dx / (i + 1);
      meanB += (b[i] - meanB) / (i + 1);
      varA += dx * (a[i] - meanA);
      joint += dx * (b[i] - meanB);
    }
    return varA > 0 ? joint / varA : NaN;
  }

  /** Ranks from 1; equal values share the mean of their ranks. */
  function ranks(values) {
    const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
    const out = new Float64Array(values.length);
    for (let from = 0, to; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && values[order[to]] === values[order[from]]) to++;
      for (let i = from; i < to; i++) out[order[i]] = (from + 1 + to) / 2;
    }
    return out;
  }

  /** Spearman's rank correlation, with shared ranks for equal values. */
  function spearman(a, b) {
    return pearson(ranks(a), ranks(b));
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

  const api = { pearson, slope, ranks, spearman, extent };
  root.FuseVis = Object.assign(root.FuseVis || {}, { stats: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
