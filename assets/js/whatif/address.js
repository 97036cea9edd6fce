/* The address of the What if page. */
(function (root) {
  "use strict";

  const api = root.FuseVis.addresses.writer("whatif", "whatif");
  root.FuseVis.whatifAddress = api;
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
