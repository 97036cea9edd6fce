/* The dark and the light theme: the link's, else the one that the browser remembers. Loaded in the head,
 * before anything is painted. */
(function (root) {
  "use strict";

  const KEY = "fusevis-theme";
  const THEMES = ["dark", "light"];

  /** A known theme for whatever was remembered. Pure. */
  function valid(name) {
    return THEMES.includes(name) ? name : THEMES[0];
  }

  /** The theme that a query string asks for, null where it asks for none that exists. Pure. */
  function linked(search) {
    const name = new URLSearchParams(search).get("theme");
    return THEMES.includes(name) ? name : null;
  }

  function remembered() {
    try {
      return valid(localStorage.getItem(KEY));
    } catch {
      return THEMES[0]; // storage may be forbidden; the page works without
    }
  }

  function apply(name) {
    document.documentElement.dataset.bsTheme = valid(name);
  }

  function current() {
    return valid(document.documentElement.dataset.bsTheme);
  }

  /** Show a theme and tell the page; a link's theme is not remembered. */
  function use(name) {
    if (valid(name) === current()) return;
    apply(name);
    document.dispatchEvent(new Event("fusevis-theme"));
  }

  function toggle() {
    const next = THEMES[1 - THEMES.indexOf(current())];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // see remembered()
    }
    use(next);
  }

  const api = { valid, linked, current, use, toggle };
  root.FuseVis = Object.assign(root.FuseVis || {}, { theme: api });
  if (typeof module === "object" && module.exports) module.exports = api;
  else apply(linked(location.search) || remembered());
})(typeof window === "undefined" ? globalThis : window);
