/* The dark and the light theme, remembered by the browser. Loaded in the head, before anything is painted. */
(function (root) {
  "use strict";

  const KEY = "fusevis-theme";
  const THEMES = ["dark", "light"];

  /** A known theme for whatever was remembered. Pure. */
  function valid(name) {
    return THEMES.includes(name) ? name : THEMES[0];
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

  function toggle() {
    const next = THEMES[1 - THEMES.indexOf(valid(document.documentElement.dataset.bsTheme))];
    apply(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // see remembered()
    }
    document.dispatchEvent(new Event("fusevis-theme"));
  }

  const api = { valid, toggle };
  root.FuseVis = Object.assign(root.FuseVis || {}, { theme: api });
  if (typeof module === "object" && module.exports) module.exports = api;
  else apply(remembered());
})(typeof window === "undefined" ? globalThis : window);
