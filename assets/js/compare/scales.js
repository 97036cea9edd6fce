/* The range of the colours of every row, and the sentence that says it. Pure.
 *
 * A scale covers the guidance of all rows ("shared") or of each row alone ("method"). While guidance is computed,
 * the Jacobians on the screen stand in for it. */
(function (root) {
  "use strict";

  /** {maximum, magnitude} over rows, null where there is none. */
  function joined(ranges) {
    if (!ranges.length) return null;
    const most = (key) => Math.max(...ranges.map((range) => range[key]));
    return { maximum: most("maximum"), magnitude: most("magnitude") };
  }

  /** The range of a row; `jacobians` are the rows' own by key, of which the extent is taken where it is needed. */
  function range(row, rows, scope, jacobians) {
    const of = scope === "shared" ? rows : [row];
    const known = of.filter((each) => each.state === "ready");
    if (known.length) return joined(known);
    const own = of.map((each) => jacobians[each.key]).filter(Boolean);
    return joined(own.map((each) => root.FuseVis.stats.extent(each.images.map((image) => image.data))));
  }

  /** The two ends of a scale on a range. */
  function ends(scale, found) {
    if (scale === "signed") {
      const magnitude = (found && found.magnitude) || 1;
      return { zmin: -magnitude, zmax: magnitude };
    }
    return { zmin: 0, zmax: found && found.maximum > 0 ? found.maximum : 1 };
  }

  /** Colours on a range, in the form of a trace that `colours.paint` and `scaleBar.bar` read. */
  function trace(colour, found) {
    const { colorscale, scale, gradient, ticks } = colour;
    return { colorscale, ...ends(scale, found), meta: { scale, gradient, ticks } };
  }

  /** The ends as text: "0 … 1.23" or "±1.23". */
  function text(scale, found) {
    if (!found) return "";
    const { zmax } = ends(scale, found);
    const value = Number(zmax.toPrecision(3));
    return scale === "signed" ? `±${value}` : `0 … ${value}`;
  }

  /** What the colours cover and what they hide. */
  function sentence(rows, scale, scope) {
    const ready = rows.filter((row) => row.state === "ready");
    if (!rows.length) return "";
    if (!ready.length) {
      const covered = scope === "shared" ? "one scale covers the Jacobians of all rows" : "the scale of each row covers its own Jacobians";
      return `Until guidance images are there, ${covered}.`;
    }
    const what = scale === "signed" ? "the largest magnitude" : "the maximum";
    const count = ready.length < rows.length ? `${ready.length} of ${rows.length} rows` : `all ${rows.length} rows`;
    const shared = `One scale for all rows: ${text(scale, joined(ready))}, ${what} of the guidance of ${count}.`;
    const own = `Each row has its own scale, written beside it: ${what} of its guidance. Colours of two rows do not compare.`;
    return `${scope === "shared" ? shared : own} ${hidden(ready, scale)}`;
  }

  function hidden(rows, scale) {
    if (scale === "signed") return "Nothing is hidden.";
    const percent = rows.map((row) => 100 * row.hidden);
    const [least, most] = [Math.min(...percent), Math.max(...percent)].map((value) => value.toFixed(0));
    return `Negative and hidden: ${least === most ? most : `${least} to ${most}`} % of the absolute gradient.`;
  }

  const api = { joined, range, ends, trace, text, sentence };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareScales: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
