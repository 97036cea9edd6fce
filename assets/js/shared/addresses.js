/* How a page keeps its state in the address: complete states only, empty values left out, keys in a fixed order.
 *
 * Movement rewrites the newest entry of the browser's history; a selection makes an entry of its own, so that back
 * and forward step through selections. Which keys a page has, which must be there and which select, the server says
 * (`dashboard.rooms.addresses`). */
(function (root) {
  "use strict";

  const QUIET_MS = 250;

  function text(value) {
    if (value === undefined || value === null) return "";
    if (Array.isArray(value)) return value.join(",");
    return typeof value === "number" ? String(Number(value.toFixed(3))) : String(value);
  }

  let declared = null;

  /** {room: {path, keys, required, selections}} of every page, as the server wrote it into the document. */
  function all() {
    declared = declared || JSON.parse(document.getElementById("fusevis-addresses").textContent);
    return declared;
  }

  /** A query string of [key, value] pairs, empty values left out; lists and regions keep their signs. Pure. */
  function written(pairs) {
    const said = pairs.map(([key, value]) => [key, text(value)]).filter(([, value]) => value !== "");
    return new URLSearchParams(said).toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  }

  /** The address of a page: the name of its room, and the id of the element that tells that the page is there. */
  function writer(room, page) {
    const state = {};
    let timer = null;
    // The newest entry is only the way from one selection to the next, which then takes its place.
    let passing = false;

    const declaration = () => root.FuseVis.addresses.all()[room];

    /** The query string of a state; null where it is not complete. Pure. */
    function query(values) {
      const { keys, required } = declaration();
      const known = (key) => text(values[key]) !== "";
      return required.every(known) ? written(keys.map((key) => [key, values[key]])) : null;
    }

    /** Whether values change what is selected, not only how it is shown. Pure. */
    function selects(before, values) {
      const given = (value) => value !== undefined && value !== null;
      const differs = (key) => text(before[key]) !== text(values[key]);
      return declaration().selections.some((key) => given(before[key]) && given(values[key]) && differs(key));
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
      const found = query(state);
      if (found === null || !document.getElementById(page)) return;
      if (root.FuseVis.chosen) root.FuseVis.chosen.told(room, state);
      const search = `?${found}`;
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

    if (typeof document !== "undefined") document.addEventListener("fusevis-flush", flush);
    return { declaration, query, selects, note, flush, arrived, begin, current };
  }

  const api = { writer, all, written };
  root.FuseVis = Object.assign(root.FuseVis || {}, { addresses: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
