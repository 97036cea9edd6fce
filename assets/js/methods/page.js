/* The Methods page: order of the table's numbers, the way to the cards, their loading, the counting of frames. */
(function (root) {
  "use strict";

  const NEAR = "150px 0px"; // cards are asked for this far above and below the window
  const SCROLLING = ["wheel", "touchmove", "pointerdown", "keydown"];
  let held = null; // the card that is kept in place

  /** Order of two numbers for AG Grid; what is not known stands last, whichever way one sorts. Pure. */
  function unknownLast(a, b, _nodeA, _nodeB, descending) {
    const none = (value) => value === null || value === undefined;
    if (none(a) && none(b)) return 0;
    if (none(a)) return descending ? -1 : 1;
    if (none(b)) return descending ? 1 : -1;
    return a - b;
  }

  /** The query of a link to a method's card: the one there is, with another method. Pure. */
  function linkTo(search, method) {
    const query = new URLSearchParams(search);
    query.set("method", method);
    return `?${query}`;
  }

  function scrollToCard(method) {
    const card = document.getElementById(`method-${method}`);
    if (card) card.scrollIntoView({ block: "start" });
    held = card ? method : null;
    return Boolean(card);
  }

  /** A card that was led to stays in place while those above it are drawn, until one scrolls away. */
  function hold() {
    if (held) scrollToCard(held);
  }

  function letGo() {
    held = null;
  }

  /** Show a card, and let the address lead to it. */
  function lead(method) {
    if (scrollToCard(method)) {
      history.replaceState(history.state, "", linkTo(location.search, method));
      root.FuseVis.chosen.told("methods", { method });
    }
  }

  function showCard(cell) {
    if (cell && cell.colId === "title") lead(cell.rowId);
  }

  function load(method) {
    root.dash_clientside.set_props({ type: "methods-near", method }, { data: true });
  }

  /** The page was laid out: go to the card of the link, then load what comes near the window. */
  function open(method) {
    letGo();
    if (method) scrollToCard(method);
    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          watcher.unobserve(target);
          load(target.dataset.method);
        }
      },
      { rootMargin: NEAR }
    );
    const grown = new ResizeObserver(hold);
    document.querySelectorAll(".method-card[data-method]").forEach((card) => {
      watcher.observe(card);
      grown.observe(card);
    });
    return "true";
  }

  /** Set properties of a component, unless another page is shown by now. */
  function say(id, props) {
    if (document.getElementById("methods-page")) root.dash_clientside.set_props(id, props);
  }

  /** Count the frames of what was measured, and hand each number on as it comes. */
  async function countFrames(measured) {
    if (!measured || !measured.count.length) return;
    const found = await root.FuseVis.frameRate.rates(measured.count, (share, next, rates) => {
      say("methods-frames", { data: rates });
      say("methods-status", { children: `Counting the frames of ${next} …` });
      say("methods-progress", { value: String(share), hidden: false });
    });
    say("methods-frames", { data: found });
    say("methods-status", { children: "Measured." });
    say("methods-progress", { hidden: true });
    say("methods-measure", { disabled: false });
  }

  function listen() {
    for (const kind of SCROLLING) document.addEventListener(kind, letGo, { capture: true, passive: true });
    document.addEventListener("click", (event) => {
      const link = event.target.closest(".methods-nav [data-card]");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      lead(link.dataset.card);
    });
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { methods: { unknownLast, linkTo } });
  if (typeof module === "object" && module.exports) {
    module.exports = { unknownLast, linkTo };
    return;
  }
  root.dashAgGridFunctions = Object.assign(root.dashAgGridFunctions || {}, { unknownLast });
  root.dash_clientside = Object.assign({}, root.dash_clientside, { fusevis_methods: { countFrames, open, showCard } });
  listen();
})(typeof window === "undefined" ? globalThis : window);
