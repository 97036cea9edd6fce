/* Watches the Explore page for tests/benchmarks/explore.py: when the pointer moved, when which pixel was shown,
 * what was asked of the Jacobian route. Installed before the page's own scripts. */
(() => {
  "use strict";

  const seen = { events: [], pixels: [], jacobians: [], requests: 0, outdated: 0, flying: 0, most: 0 };
  const plainFetch = window.fetch;

  const name = ({ y, x }) => `${y},${x}`;

  /** The pixel under an event, by the axes of the graph, as a reader would say it. */
  function pixelOf(event) {
    const tile = event.target.closest && event.target.closest(".view.full");
    if (!tile) return null;
    const plot = tile.querySelector(".js-plotly-plot");
    const { xaxis, yaxis } = plot._fullLayout;
    const corner = plot.getBoundingClientRect();
    return name({
      y: Math.round(yaxis.p2d(event.clientY - corner.top - yaxis._offset)),
      x: Math.round(xaxis.p2d(event.clientX - corner.left - xaxis._offset)),
    });
  }

  window.fetch = async (resource, ...rest) => {
    const url = new URL(resource.url || resource, location.href);
    if (!url.pathname.endsWith("/api/v1/jacobian")) return plainFetch(resource, ...rest);
    const wanted = name({ y: url.searchParams.get("y"), x: url.searchParams.get("x") });
    seen.requests += 1;
    if (wanted !== document.getElementById("explorer").dataset.pixel) seen.outdated += 1;
    seen.flying += 1;
    seen.most = Math.max(seen.most, seen.flying);
    try {
      return await plainFetch(resource, ...rest);
    } finally {
      seen.flying -= 1;
    }
  };

  window.benchmark = {
    /** Start to watch; the page is laid out. */
    begin() {
      const explorer = document.getElementById("explorer");
      const lists = { "data-pixel": seen.pixels, "data-jacobian": seen.jacobians };
      new MutationObserver((changes) => {
        const now = performance.now();
        // one entry an attribute, though it may be written several times before the observer runs
        for (const key of new Set(changes.map((change) => change.attributeName))) {
          const value = explorer.getAttribute(key);
          if (value) lists[key].push([now, value]);
        }
      }).observe(explorer, { attributes: true, attributeFilter: Object.keys(lists) });
      document.addEventListener(
        "pointermove",
        (event) => {
          const pixel = pixelOf(event);
          if (pixel) seen.events.push([event.timeStamp, pixel]);
        },
        { capture: true, passive: true }
      );
    },

    clear() {
      for (const list of [seen.events, seen.pixels, seen.jacobians]) list.length = 0;
      Object.assign(seen, { requests: 0, outdated: 0, most: seen.flying });
    },

    seen,
  };
})();
