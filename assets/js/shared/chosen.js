/* What is chosen goes along from page to page: case study, method or methods, pixel, brush or region, gammas, scale
 * and theme. Every page tells its state as it writes its address; a link of the header leads to the same place on
 * the other page, and back to a page as it was left. Kept for as long as the tab is open. */
(function (root) {
  "use strict";

  const STORE = "fusevis-chosen";
  const COMMON = ["case", "method", "y", "x", "brush", "gamma1", "gamma2", "scale", "theme", "plane"];
  const OF_A_CASE = ["y", "x", "brush", "region", "area", "pin", "plane", "case2"];
  const REGION = /^region:(.*)$/;
  const IN_SCATTER = /^(scatter|lasso):/;

  /** What is chosen after a page told its state. Pure. */
  function after(chosen, room, state) {
    const moved = state.case !== undefined && state.case !== chosen.case;
    const kept = Object.entries(chosen).filter(([key]) => !moved || !OF_A_CASE.includes(key));
    const next = Object.fromEntries(kept);
    for (const key of COMMON) if (state[key] !== undefined && state[key] !== null) next[key] = state[key];
    if (state.methods && state.methods.length && !state.methods.includes(next.method)) next.method = state.methods[0];
    const marked = room === "compare" ? state.region && `region:${state.region}` : REGION.test(state.area || "") && state.area;
    if (marked) next.brush = marked;
    else if (room === "compare" && REGION.test(next.brush || "")) next.brush = "";
    if (room === "explore") next.plane = IN_SCATTER.test(state.brush || "") ? state.method : "";
    return next;
  }

  /** The state of a page as it was left, moved to what is chosen now. Pure. */
  function stateFor(keys, chosen, left = {}) {
    const elsewhere = left.case !== undefined && left.case !== chosen.case;
    const own = Object.fromEntries(Object.entries(left).filter(([key]) => !elsewhere || !OF_A_CASE.includes(key)));
    const next = { ...own };
    for (const key of COMMON) if (keys.includes(key) && chosen[key] !== undefined) next[key] = chosen[key];
    const [, region] = REGION.exec(chosen.brush || "") || [];
    if (keys.includes("region")) next.region = region || "";
    if (keys.includes("area") && region) next.area = `region:${region}`;
    if (keys.includes("methods") && chosen.method) {
      if (!own.methods || !own.methods.length) next.method = chosen.method;
      else if (!own.methods.includes(chosen.method)) next.methods = [...own.methods, chosen.method];
    }
    return next;
  }

  const api = { after, stateFor };
  root.FuseVis = Object.assign(root.FuseVis || {}, { chosen: api });
  if (typeof module === "object" && module.exports) {
    module.exports = api;
    return;
  }

  function remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(STORE)) || { chosen: {}, left: {} };
    } catch {
      return { chosen: {}, left: {} }; // storage may be forbidden; links then open the pages' defaults
    }
  }

  /** A page tells its state. */
  function told(room, state) {
    const { chosen, left } = remembered();
    try {
      sessionStorage.setItem(STORE, JSON.stringify({ chosen: after(chosen, room, state), left: { ...left, [room]: state } }));
    } catch {
      // see remembered()
    }
  }

  /** The address of a page for what is chosen; the plain one while nothing is. */
  function addressOf(room, path) {
    const { chosen, left } = remembered();
    const { keys } = root.FuseVis.addresses.all()[room];
    const state = stateFor(keys, chosen, left[room]);
    const extra = keys.includes("method") || state.method === undefined ? [] : ["method"];
    const query = root.FuseVis.addresses.written([...keys, ...extra].map((key) => [key, state[key]]));
    return query ? `${path}?${query}` : path;
  }

  function linkOf(event) {
    const link = event.target.closest && event.target.closest(".header nav a");
    const rooms = link && Object.entries(root.FuseVis.addresses.all());
    const [room, { path } = {}] = (rooms && rooms.find(([, each]) => each.path === link.pathname)) || [];
    return room ? { link, room, path } : null;
  }

  /** A link that is about to be used or copied leads to what is chosen. */
  function prepare(event) {
    const found = linkOf(event);
    if (!found) return;
    document.dispatchEvent(new Event("fusevis-flush"));
    found.link.setAttribute("href", addressOf(found.room, found.path));
  }

  /** Dash's own links go where the layout said; this one goes where the link leads now. */
  function follow(event) {
    const found = linkOf(event);
    if (!found || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    document.dispatchEvent(new Event("fusevis-flush"));
    root.dash_clientside.set_props("go-to", { href: addressOf(found.room, found.path) });
  }

  ["pointerdown", "focusin"].forEach((name) => document.addEventListener(name, prepare, true));
  document.addEventListener("click", follow, true);
  Object.assign(api, { told, addressOf });
})(typeof window === "undefined" ? globalThis : window);
