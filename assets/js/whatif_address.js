/* The address of the What if page: the same keys, in the same order and form, as `dashboard/whatif_state.py` reads. */
(function (root) {
  "use strict";

  const api = root.FuseVis.addressWriter({
    keys: ["case", "method", "source", "y", "x", "brush", "change", "view", "gamma", "theme"],
    required: ["case", "method", "source", "y", "x", "change"],
    selections: ["case", "method"],
    page: "whatif",
  });
  root.FuseVis.whatifAddress = api;
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
