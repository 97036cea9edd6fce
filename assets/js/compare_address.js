/* The address of the Compare page: the same keys, in the same order and form, as `dashboard/comparison.py` reads. */
(function (root) {
  "use strict";

  const api = root.FuseVis.addressWriter({
    keys: [
      "case", "methods", "y", "x", "region", "gamma1", "gamma2", "scale", "scope",
      "jacobians", "coded", "omega", "mode", "pair", "mix", "case2", "pin", "theme",
    ],
    required: ["case", "methods", "y", "x"],
    selections: ["case", "methods", "case2"],
    page: "comparer",
  });
  root.FuseVis.compareAddress = api;
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
