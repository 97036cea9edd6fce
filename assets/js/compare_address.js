/* The address of the Compare page: the same keys, in the same order and form, as `dashboard/comparison.py` reads.
 *
 * Movement rewrites the newest entry of the browser's history; other rows and other case studies make an entry of
 * their own. Going back lays the page out anew, from the address. */
(function (root) {
  "use strict";

  const KEYS = [
    "case", "methods", "y", "x", "region", "gamma1", "gamma2", "scale", "scope",
    "jacobians", "coded", "omega", "mode", "pair", "mix", "case2", "pin", "theme",
  ];
  const REQUIRED = ["case", "methods", "y", "x"];
  const SELECTIONS = ["case", "methods", "case2"];
  const QUIET_MS = 250;
  const state = {};
  let timer = null;

  function text(value) {
    if (Array.isArray(value)) return value.join(",");
    return typeof value === "number" ? String(Number(value.toFixed(3))) : String(value);
  }

  /** The query string of a state; null where it has no case study, rows or pixel. Empty values are left out. Pure. */
  function query(values) {
    const known = (key) => values[key] !== undefined && values[key] !== null && text(values[key]) !== "";
    if (!REQUIRED.every(known)) return null;
    const said = KEYS.filter(known).map((key) => [key, text(values[key])]);
    return new URLSearchParams(said).toString().replaceAll("%2C", ",");
  }

  /** Whether values change what is compared, not only where one looks. Pure. */
  function selects(before, values) {
    const differs = (key) => before[key] !== undefined && values[key] !== undefined && text(before[key]) !== text(values[key]);
    return SELECTIONS.some(differs);
  }

  /** Take in changed values. The address is written once it has been quiet for a moment. */
  function note(values) {
    const entry = selects(state, values);
    if (entry) flush();
    Object.assign(state, values);
    clearTimeout(timer);
    if (entry) write("pushState");
    else timer = setTimeout(flush, QUIET_MS);
  }

  /** Write what is pending now. */
  function flush() {
    clearTimeout(timer);
    write("replaceState");
  }

  function write(how) {
    const found = query(state);
    if (found === null || !document.getElementById("comparer")) return;
    const search = `?${found}`;
    if (search !== location.search) history[how](null, "", location.pathname + search);
  }

  /** A page that was just laid out knows nothing of the one before. */
  function begin() {
    clearTimeout(timer);
    for (const key of Object.keys(state)) delete state[key];
  }

  const api = { KEYS, query, selects, note, flush, begin };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareAddress: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
