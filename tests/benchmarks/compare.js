/* Watches the Compare page for tests/benchmarks/compare.py: when the pointer moved, when which pixel was shown, when
 * the Jacobians of all rows were, what was asked of the Jacobian route. Installed before the page's own scripts. */
(() => {
  "use strict";

  const seen = { events: [], pixels: [], jacobians: [], requests: 0, outdated: 0, flying: 0, most: 0, methods: [] };
  const plainFetch = window.fetch;
  const name = ({ y, x }) => `${y},${x}`;

  /** The pixel under an event, from the tile's place on the screen: images fill their square tiles. */
  function pixelOf(event) {
    const tile = event.target.closest && event.target.closest(".tile");
    if (!tile) return null;
    const { left, top, width, height } = tile.getBoundingClientRect();
    const [rows, columns] = benchmark.shape;
    return name({
      y: Math.floor(((event.clientY - top) / height) * rows),
      x: Math.floor(((event.clientX - left) / width) * columns),
    });
  }

  window.fetch = async (resource, ...rest) => {
    const url = new URL(resource.url || resource, location.href);
    if (!url.pathname.endsWith("/api/v1/jacobians")) return plainFetch(resource, ...rest);
    const wanted = name({ y: url.searchParams.get("y"), x: url.searchParams.get("x") });
    seen.requests += 1;
    seen.methods.push(url.searchParams.get("methods").split(",").length);
    if (wanted !== document.getElementById("comparer").dataset.pixel) seen.outdated += 1;
    seen.flying += 1;
    seen.most = Math.max(seen.most, seen.flying);
    try {
      return await plainFetch(resource, ...rest);
    } finally {
      seen.flying -= 1;
    }
  };

  window.benchmark = {
    shape: [256, 256],

    /** Start to watch; the page is laid out. */
    begin(shape) {
      benchmark.shape = shape;
      const page = document.getElementById("comparer");
      const lists = { "data-pixel": seen.pixels, "data-jacobian": seen.jacobians };
      new MutationObserver((changes) => {
        const now = performance.now();
        // one entry an attribute, though it may be written several times before the observer runs
        for (const key of new Set(changes.map((change) => change.attributeName))) {
          lists[key].push([now, page.getAttribute(key)]);
        }
      }).observe(page, { attributes: true, attributeFilter: Object.keys(lists) });
      const heard = (event) => {
        const pixel = pixelOf(event);
        if (pixel) seen.events.push([event.timeStamp, pixel]);
      };
      document.addEventListener("pointermove", heard, { capture: true, passive: true });
    },

    clear() {
      for (const list of [seen.events, seen.pixels, seen.jacobians, seen.methods]) list.length = 0;
      Object.assign(seen, { requests: 0, outdated: 0, most: seen.flying });
    },

    seen,
  };
})();
