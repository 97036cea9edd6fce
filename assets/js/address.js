/* The address is the state: the same keys, in the same order and form, as `dashboard/state.py` reads.
 *
 * Movement rewrites the newest entry of the browser's history. A selection (case study, method, pinned pixel,
 * region) makes an entry of its own, so that back and forward step through selections. */
(function (root) {
  "use strict";

  const KEYS = ["case", "method", "y", "x", "gamma1", "gamma2", "scale", "scope", "brush", "pin", "coded", "omega", "hue", "theme"];
  const REQUIRED = ["case", "method", "y", "x", "gamma1", "gamma2", "scale"];
  const SELECTIONS = ["case", "method"];
  const NUMBERS = ["y", "x", "gamma1", "gamma2", "omega"];
  const QUIET_MS = 250;
  const state = {};
  let timer = null;
  // The newest entry is only the way from one selection to the next, which then takes its place.
  let passing = false;

  /** The query string of a state; a state without a pixel or a case has none. Empty values are left out. Pure. */
  function query(values) {
    if (REQUIRED.some((key) => values[key] === undefined || values[key] === null)) return null;
    const text = (value) => (typeof value === "number" ? String(Number(value.toFixed(3))) : String(value));
    const said = KEYS.filter((key) => values[key] !== undefined && values[key] !== null && values[key] !== "");
    return new URLSearchParams(said.map((key) => [key, text(values[key])])).toString();
  }

  /** The state of a query string; keys that are missing become "", null where a number is none. Pure. */
  function parse(search) {
    const given = new URLSearchParams(search);
    const value = (key) => (NUMBERS.includes(key) ? number(given.get(key)) : given.get(key) || "");
    return Object.fromEntries(KEYS.map((key) => [key, value(key)]));
  }

  function number(text) {
    return text && Number.isFinite(Number(text)) ? Number(text) : null;
  }

  /** Whether values change what is selected, not only where one looks. Pure. */
  function selects(before, values) {
    return SELECTIONS.some((key) => values[key] && before[key] && values[key] !== before[key]);
  }

  /** Take in changed values. The address is written once it has been quiet for a moment; `entry` is
   * "selection" for a history entry of its own, "passing" for one that the next selection replaces. */
  function note(values, entry = selects(state, values) ? "selection" : "") {
    if (!entry) {
      Object.assign(state, values);
      clearTimeout(timer);
      timer = setTimeout(flush, QUIET_MS);
      return;
    }
    if (!passing) flush();
    Object.assign(state, values);
    clearTimeout(timer);
    write(passing ? "replaceState" : "pushState");
    passing = entry === "passing";
  }

  /** Write what is pending now. */
  function flush() {
    clearTimeout(timer);
    write("replaceState");
  }

  function write(how) {
    const text = query(state);
    if (text === null || !document.getElementById("explorer")) return;
    const search = `?${text}`;
    if (how === "pushState" || search !== location.search) history[how](null, "", location.pathname + search);
  }

  /** The browser went to another entry, whose state this is. */
  function arrived(values) {
    clearTimeout(timer);
    Object.assign(state, values);
    passing = false;
  }

  /** A page that was just laid out knows nothing of the one before. */
  function begin() {
    clearTimeout(timer);
    passing = false;
    for (const key of Object.keys(state)) delete state[key];
  }

  /** What is known of the state. */
  function current() {
    return { ...state };
  }

  const api = { KEYS, SELECTIONS, query, parse, selects, note, flush, arrived, begin, current };
  root.FuseVis = Object.assign(root.FuseVis || {}, { address: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
