/* The colour bar of a view: the colours of its scale, and the values at some places of it. */
(function (root) {
  "use strict";

  /** Labels of a colour bar: [place along the bar, text]. `ticks` are (place, share of zmin … zmax). Pure. */
  function labels(trace) {
    const value = (share) => trace.zmin + share * (trace.zmax - trace.zmin);
    return trace.meta.ticks.map(([place, share]) => [place, root.FuseVis.numbers.tick(value(share))]);
  }

  const drawn = new Map();

  /** The colour bar of a view, from its trace. */
  function bar(view, trace) {
    const element = document.getElementById(`${view}-bar`);
    if (!element || !trace || !trace.meta) return;
    const key = JSON.stringify([trace.meta, trace.zmin, trace.zmax]);
    if (drawn.get(view) === key && element.firstChild) return;
    drawn.set(view, key);
    const strip = document.createElement("div");
    strip.className = "bar-strip";
    strip.style.background = trace.meta.gradient;
    const marks = labels(trace).map(([place, text], i, all) => {
      const mark = document.createElement("span");
      mark.className = all.length > 3 && i % 2 ? "bar-tick low" : "bar-tick";
      mark.style.setProperty("--place", place);
      mark.textContent = text;
      return mark;
    });
    element.replaceChildren(strip, ...marks);
  }

  const api = { labels, bar };
  root.FuseVis = Object.assign(root.FuseVis || {}, { scaleBar: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
