/* Numbers as text: real minus signs, fixed decimals, a dash where there is none. Pure. */
(function (root) {
  "use strict";

  const MINUS = "\u2212";
  const NONE = "–";

  /** A number with a fixed count of decimals and a real minus sign; a dash where there is none. Pure. */
  function number(value, decimals = 3) {
    if (typeof value !== "number" || !Number.isFinite(value)) return NONE;
    const text = Math.abs(value).toFixed(decimals);
    return value < 0 && Number(text) !== 0 ? MINUS + text : text;
  }

  /** The same with a sign always shown: a gradient is never just a size. Pure. */
  function signed(value, decimals = 4) {
    const text = number(value, decimals);
    return text === NONE || text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
  }

  /** One text for the numbers of all sources. Pure. */
  function each(values, text) {
    return values ? values.map((value) => (Number.isFinite(value) ? text(value) : NONE)).join(" · ") : NONE;
  }

  /** Three significant digits for the end of a scale. Pure. */
  function tick(value) {
    if (value === 0) return "0";
    const text = Math.abs(value) < 0.001 || Math.abs(value) >= 10000 ? value.toExponential(0) : String(Number(value.toPrecision(2)));
    return text.replace("-", MINUS);
  }

  const api = { NONE, number, signed, each, tick };
  root.FuseVis = Object.assign(root.FuseVis || {}, { numbers: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
