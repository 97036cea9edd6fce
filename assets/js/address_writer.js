/* How a page keeps its state in the address: complete states only, empty values left out, keys in a fixed order.
 *
 * A selection makes an entry of its own in the browser's history; everything else rewrites the newest. Going back
 * lays the page out anew, from the address. The Explore page, which follows back and forward itself, has
 * `address.js` instead. */
(function (root) {
  "use strict";

  const QUIET_MS = 250;

  function text(value) {
    if (value === undefined || value === null) return "";
    if (Array.isArray(value)) return value.join(",");
    return typeof value === "number" ? String(Number(value.toFixed(3))) : String(value);
  }

  /** The address of a page: its keys in their order, those without which there is no state, those that select, and
   * the id of the element that tells that the page is there. */
  function addressWriter({ keys, required, selections, page }) {
    const state = {};
    let timer = null;

    /** The query string of a state; null where it is not complete. Pure. */
    function query(values) {
      const known = (key) => text(values[key]) !== "";
      if (!required.every(known)) return null;
      const said = new URLSearchParams(keys.filter(known).map((key) => [key, text(values[key])]));
      return said.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
    }

    /** Whether values change what is selected, not only how it is shown. Pure. */
    function selects(before, values) {
      const given = (value) => value !== undefined && value !== null;
      return selections.some((key) => given(before[key]) && given(values[key]) && text(before[key]) !== text(values[key]));
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
      if (found === null || !document.getElementById(page)) return;
      if (`?${found}` !== location.search) history[how](null, "", `${location.pathname}?${found}`);
    }

    /** A page that was just laid out knows nothing of the one before. */
    function begin() {
      clearTimeout(timer);
      for (const key of Object.keys(state)) delete state[key];
    }

    /** What is known of the state. */
    function current() {
      return { ...state };
    }

    return { KEYS: keys, query, selects, note, flush, begin, current };
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { addressWriter });
  if (typeof module === "object" && module.exports) module.exports = { addressWriter };
})(typeof window === "undefined" ? globalThis : window);
