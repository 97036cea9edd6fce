/* The address of the Explore page, which is also read back: back and forward show a former state. */
(function (root) {
  "use strict";

  const NUMBERS = ["y", "x", "gamma1", "gamma2", "omega"];
  const writer = root.FuseVis.addresses.writer("explore", "explorer");

  /** The state of a query string; keys that are missing become "", null where a number is none. Pure. */
  function parse(search) {
    const given = new URLSearchParams(search);
    const value = (key) => (NUMBERS.includes(key) ? number(given.get(key)) : given.get(key) || "");
    return Object.fromEntries(writer.declaration().keys.map((key) => [key, value(key)]));
  }

  function number(text) {
    return text && Number.isFinite(Number(text)) ? Number(text) : null;
  }

  const api = { ...writer, parse };
  root.FuseVis.address = api;
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
