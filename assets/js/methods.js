/* The Methods page: order of the table's numbers, the way from its names to the cards, frames. */
(function (root) {
  "use strict";

  /** Order of two numbers for AG Grid; what is not known stands last, whichever way one sorts. Pure. */
  function unknownLast(a, b, _nodeA, _nodeB, descending) {
    const none = (value) => value === null || value === undefined;
    if (none(a) && none(b)) return 0;
    if (none(a)) return descending ? -1 : 1;
    if (none(b)) return descending ? 1 : -1;
    return a - b;
  }

  function showCard(cell) {
    if (!cell || cell.colId !== "title") return;
    const card = document.getElementById(`method-${cell.rowId}`);
    if (card) card.scrollIntoView({ block: "start" });
  }

  async function countFrames(measured) {
    if (!measured || !measured.frames.length) return root.dash_clientside.no_update;
    const status = document.getElementById("methods-status");
    const found = await root.FuseVis.frames.rates(measured.frames);
    if (status) root.dash_clientside.set_props("methods-status", { children: "Measured." });
    return found;
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { methods: { unknownLast } });
  if (typeof module === "object" && module.exports) {
    module.exports = { unknownLast };
    return;
  }
  root.dashAgGridFunctions = Object.assign(root.dashAgGridFunctions || {}, { unknownLast });
  root.dash_clientside = Object.assign({}, root.dash_clientside, { fusevis_methods: { countFrames, showCard } });
})(typeof window === "undefined" ? globalThis : window);
