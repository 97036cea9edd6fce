/* The address of the Regions page: the same keys, in the same order and form, as `dashboard/region_state.py` reads. */
(function (root) {
  "use strict";

  const KEYS = ["case", "brush", "method", "relevant", "y", "x", "plane", "theme"];
  const state = {};

  /** The query string of a state; null where it has no case study. Empty values are left out. Pure. */
  function query(values) {
    if (!values.case) return null;
    const known = (key) => values[key] !== undefined && values[key] !== null && values[key] !== "";
    return new URLSearchParams(KEYS.filter(known).map((key) => [key, String(values[key])])).toString();
  }

  /** The state of the controls; the link's pixel and plane hold while its case study and region do. Pure. */
  function values(kase, brush, relevant, method, start) {
    const same = start && kase === start.case && brush === start.brush;
    const { y, x, plane } = same ? start : {};
    return { case: kase, brush, relevant, method, y, x, plane };
  }

  function write() {
    const text = query(state);
    if (text === null || !document.getElementById("regions-page")) return;
    if (`?${text}` !== location.search) history.replaceState(null, "", `${location.pathname}?${text}`);
  }

  function writeAddress(kase, brush, relevant, method, _seen, start) {
    Object.assign(state, values(kase, brush, relevant, method, start));
    state.theme = state.theme || new URLSearchParams(location.search).get("theme");
    write();
  }

  const api = { KEYS, query, values };
  root.FuseVis = Object.assign(root.FuseVis || {}, { regions: api });
  if (typeof module === "object" && module.exports) {
    module.exports = api;
    return;
  }
  root.dash_clientside = Object.assign({}, root.dash_clientside, { fusevis_regions: { writeAddress } });
  document.addEventListener("fusevis-theme", () => {
    state.theme = root.FuseVis.theme.current();
    write();
  });
})(typeof window === "undefined" ? globalThis : window);
