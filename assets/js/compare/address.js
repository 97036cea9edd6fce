/* The address of the Compare page. */
(function (root) {
  "use strict";

  const api = root.FuseVis.addresses.writer("compare", "comparer");
  root.FuseVis.compareAddress = api;
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
