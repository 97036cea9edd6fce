/* The address of the What if page: the same keys, in the same order and form, as `dashboard/whatif_state.py` reads.
 *
 * Another case study or method makes an entry of its own in the browser's history; everything else rewrites the
 * newest. Going back lays the page out anew, from the address. */
(function (root) {
  "use strict";

  const KEYS = ["case", "method", "source", "y", "x", "brush", "change", "view", "gamma", "theme"];
  const REQUIRED = ["case", "method", "source", "y", "x", "change"];
  const SELECTIONS = ["case", "method"];
  const QUIET_MS = 250;
  const state = {};
  let timer = null;

  function given(value) {
    return value !== undefined && value !== null && value !== "";
  }

  /** The query string of a state; null where it is not complete. Empty values are left out. Pure. */
  function query(values) {
    if (!REQUIRED.every((key) => given(values[key]))) return null;
    return new URLSearchParams(KEYS.filter((key) => given(values[key])).map((key) => [key, String(values[key])])).toString();
  }

  /** Whether values change what is looked at, not only what is done to it. Pure. */
  function selects(before, values) {
    return SELECTIONS.some((key) => given(before[key]) && given(values[key]) && before[key] !== values[key]);
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
    if (found === null || !document.getElementById("whatif")) return;
    if (`?${found}` !== location.search) history[how](null, "", `${location.pathname}?${found}`);
  }

  /** A page that was just laid out knows nothing of the one before. */
  function begin() {
    clearTimeout(timer);
    for (const key of Object.keys(state)) delete state[key];
  }

  const api = { KEYS, query, selects, note, flush, begin };
  root.FuseVis = Object.assign(root.FuseVis || {}, { whatifAddress: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
