/* How a brush is drawn: shift + drag (a rectangle) or alt + drag (freehand) on an image, a plain drag once a tool
 * is chosen, which serves fingers too; a box or lasso in the scatter, by Plotly; a region; Escape clears. */
(function (root) {
  "use strict";

  const TOOLS = { "brush-rect": "rect", "brush-free": "poly" };

  let tool = null;
  let stroke = null;
  let clickFollows = false;
  const listening = new WeakSet();

  function modules() {
    return root.FuseVis;
  }

  /** What a press draws, null for nothing. Pure. */
  function kind({ button, shiftKey, altKey, ctrlKey, metaKey }, chosen) {
    if (button !== 0 || ctrlKey || metaKey) return null;
    if (shiftKey !== altKey) return shiftKey ? "rect" : "poly";
    return shiftKey ? null : chosen;
  }

  /** Choose a tool, or none; in the scatter it is Plotly's own. */
  function choose(name) {
    tool = name;
    for (const [id, each] of Object.entries(TOOLS)) {
      const button = document.getElementById(id);
      if (button) button.setAttribute("aria-pressed", String(each === tool));
    }
    const plot = modules().views.plot("scatter");
    if (plot) root.Plotly.relayout(plot, { dragmode: tool === "poly" ? "lasso" : "select" });
  }

  /** Pointer and mouse events that belong to a stroke reach nobody else. */
  function keep(event) {
    event.stopPropagation();
    event.preventDefault();
  }

  function pressed(event) {
    const tile = event.target.closest && !event.target.closest("button, [role=menu]") && event.target.closest(".view.full");
    const what = tile && kind(event, tool);
    const plot = what && modules().views.plot(tile.dataset.view);
    if (!plot || stroke) return;
    keep(event);
    stroke = { what, view: tile.dataset.view, plot, id: event.pointerId, corners: [], line: [] };
    tile.setPointerCapture(event.pointerId);
    document.getElementById("explorer").focus({ preventScroll: true });
    extend(event);
  }

  function extend({ clientX, clientY }) {
    const { explorer, views, windows } = modules();
    const frame = stroke.plot.getBoundingClientRect();
    stroke.corners.push(windows.inside(views.pixelAt(stroke.plot, clientX, clientY), explorer.now.scene.shape));
    stroke.line.push([clientX - frame.left, clientY - frame.top]);
  }

  function moved(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    event.stopPropagation();
    extend(event);
    const [first, last] = [stroke.line[0], stroke.line.at(-1)];
    const box = [first, [last[0], first[1]], last, [first[0], last[1]]];
    modules().brushing.draft(stroke.view, stroke.what === "rect" ? box : stroke.line);
  }

  function released(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    keep(event);
    const { brush, brushing } = modules();
    const { what, corners, line } = stroke;
    stroke = null;
    clickFollows = true;
    setTimeout(() => (clickFollows = false));
    const text = event.type === "pointerup" && line.length > 1 ? textOf(what, corners, brush) : null;
    if (text) brushing.set(text);
    brushing.paint();
    choose(null);
  }

  function textOf(what, corners, { text }) {
    if (what === "rect") return text.rect(corners[0], corners.at(-1));
    const distinct = corners.filter(({ y, x }, i) => !i || y !== corners[i - 1].y || x !== corners[i - 1].x);
    return distinct.length > 2 ? text.poly(distinct.map(({ y, x }) => [y, x])) : null;
  }

  function stopMouse(event) {
    if (stroke || (event.type === "click" && clickFollows)) event.stopPropagation();
  }

  function clicked({ target }) {
    const button = target.closest && target.closest(".brush-tool");
    if (!button) return;
    if (button.id === "brush-clear") modules().brushing.set("");
    else choose(TOOLS[button.id] === tool ? null : TOOLS[button.id]);
  }

  function changed({ target }) {
    if (target.id === "brush-region") modules().brushing.set(target.value ? modules().brush.text.region(target.value) : "");
  }

  function keyed(event) {
    const { brushing } = modules();
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || document.fullscreenElement) return;
    if (!brushing.now.text && !tool) return;
    event.preventDefault();
    choose(null);
    brushing.set("");
  }

  /** Plotly's own box or lasso in the scatter. Its outline goes: the marked points say the same. */
  function selected(plot, event) {
    const { brush, brushing } = modules();
    if (!event) return;
    if (event.range) brushing.set(brush.text.scatter(event.range.x, event.range.y));
    else if (event.lassoPoints && event.lassoPoints.x.length > 2) {
      brushing.set(brush.text.lasso(event.lassoPoints.x.map((x, i) => [x, event.lassoPoints.y[i]])));
    }
    if (plot.layout.selections && plot.layout.selections.length) root.Plotly.relayout(plot, { selections: [] });
  }

  /** Listen to the scatter once Plotly has drawn it. */
  function follow(plot) {
    if (listening.has(plot)) return;
    listening.add(plot);
    plot.on("plotly_selected", (event) => selected(plot, event));
  }

  function listen() {
    // at the window, before everybody else who listens to the images
    root.addEventListener("pointerdown", pressed, true);
    root.addEventListener("pointermove", moved, true);
    ["pointerup", "pointercancel"].forEach((name) => root.addEventListener(name, released, true));
    ["mousedown", "mousemove", "mouseup", "click"].forEach((name) => root.addEventListener(name, stopMouse, true));
    root.addEventListener("keydown", keyed, true);
    document.addEventListener("click", clicked);
    document.addEventListener("change", changed);
    document.addEventListener("fusevis-arrived", ({ detail }) => modules().brushing.set(detail.brush || ""));
  }

  const api = { kind, follow, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { brushStrokes: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
