/* The address is the state: the same keys, in the same order and form, as `dashboard/state.py` reads. */
(function (root) {
  "use strict";

  const KEYS = ["case", "method", "y", "x", "gamma1", "gamma2", "scale"];
  const QUIET_MS = 250;
  const state = {};
  let timer = null;

  /** The query string of a state; a state without a pixel or a case has none. Pure. */
  function query(values) {
    if (KEYS.some((key) => values[key] === undefined || values[key] === null)) return null;
    const text = (value) => (typeof value === "number" ? String(Number(value.toFixed(3))) : String(value));
    return new URLSearchParams(KEYS.map((key) => [key, text(values[key])])).toString();
  }

  /** Take note of changed values, and write the address once it has been quiet for a moment. */
  function note(values) {
    Object.assign(state, values);
    clearTimeout(timer);
    timer = setTimeout(write, QUIET_MS);
  }

  /** The page is not reloaded, and the pointer makes no history entries. */
  function write() {
    const text = query(state);
    if (text !== null && document.getElementById("explorer")) {
      history.replaceState(history.state, "", `${location.pathname}?${text}`);
    }
  }

  const api = { KEYS, query, note };
  root.FuseVis = Object.assign(root.FuseVis || {}, { address: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
