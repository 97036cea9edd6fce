/* The rows of the Compare page as elements: names, numbers, buttons and one canvas a tile. */
(function (root) {
  "use strict";

  const COLUMNS = [
    ["fused", "fused", 0], ["guidance-0", "guidance", 0], ["guidance-1", "guidance", 1], ["guidance-rgb", "rgb", 0],
    ["jacobian-0", "jacobian", 0], ["jacobian-1", "jacobian", 1], ["scatter", "scatter", 0],
  ];
  const VALUES = [["fused", "y"], ["gradient-0", "∂y/∂x₁"], ["gradient-1", "∂y/∂x₂"], ["correlation", "r window"]];
  let tiles = [];
  let parts = new Map();
  let shown = "";

  /** A list with one of its entries moved, removed, added at the end or put first. Pure. */
  function changed(methods, action, method) {
    const at = methods.indexOf(method);
    if (action === "add") return at >= 0 || !method ? methods : [...methods, method];
    const without = methods.filter((each) => each !== method);
    if (action === "remove") return without;
    if (action === "first") return [method, ...without];
    const to = Math.min(without.length, Math.max(0, at + (action === "up" ? -1 : 1)));
    return [...without.slice(0, to), method, ...without.slice(to)];
  }

  function make(tag, className, text = "") {
    return Object.assign(document.createElement(tag), { className, textContent: text });
  }

  function canvas(tile, label) {
    const element = make("div", "tile");
    Object.assign(element.dataset, { tile: tile.column, row: tile.row ? tile.index : "", case: tile.case });
    const made = make("canvas", "tile-canvas");
    made.id = `${tile.name}-layer`;
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", label);
    element.append(made);
    tiles.push(Object.assign(tile, { element }));
    return element;
  }

  function button(action, sign, label, method, disabled) {
    const made = make("button", "row-button", sign);
    Object.assign(made, { type: "button", title: label, disabled });
    Object.assign(made.dataset, { action, method });
    made.setAttribute("aria-label", label);
    return made;
  }


  function head(row, index, scene) {
    const element = make("div", "row-head");
    const name = make("h2", "row-title", scene.case2 ? scene.cases[row.case].title : row.title);
    name.title = row.title;
    const size = row.window ? `${row.window[0]} × ${row.window[1]} px` : "whole image";
    const notes = make("div", "row-note");
    const text = make("span", "muted number", scene.case2 ? `${row.title}, ${size}` : size);
    text.title = "Size of the method's window";
    notes.append(text);
    if (!scene.case2) notes.append(actions(row, index, scene.rows.length));
    const values = make("dl", "row-values number");
    for (const [key, term] of VALUES) {
      const value = make("dd", "", "–");
      value.dataset.value = key;
      values.append(make("dt", "", term), value);
    }
    const place = make("p", "row-place muted number");
    const range = make("p", "row-range muted number");
    const estimate = make("p", "row-estimate muted number");
    estimate.title = "The guidance is estimated, with this error relative to its root mean square";
    element.append(name, notes, estimate, values, place, range);
    return element;
  }

  function actions({ title, method }, index, count) {
    const bar = make("div", "row-actions");
    bar.append(
      button("up", "↑", `Move ${title} up`, method, index === 0),
      button("down", "↓", `Move ${title} down`, method, index === count - 1),
      button("remove", "✕", `Remove ${title}`, method, false)
    );
    return bar;
  }

  function line(row, index, scene) {
    const element = make("section", "compare-row");
    element.setAttribute("aria-label", scene.case2 ? scene.cases[row.case].title : row.title);
    Object.assign(element.dataset, { row: index, method: row.method, case: row.case });
    element.append(head(row, index, scene));
    for (const [column, kind, k] of COLUMNS) {
      const tile = { name: `compare-r${index}-${column}`, column, kind, k, row, index, case: row.case };
      element.append(canvas(tile, `${column}, ${row.title}`));
    }
    const wait = make("div", "row-wait");
    element.append(wait);
    const values = Object.fromEntries([...element.querySelectorAll("[data-value]")].map((each) => [each.dataset.value, each]));
    const [place, range, estimate] = [".row-place", ".row-range", ".row-estimate"].map((name) =>
      element.querySelector(name)
    );
    parts.set(row.key, { element, wait, values, place, range, estimate });
    return element;
  }

  function sources(scene) {
    return Object.entries(scene.cases).flatMap(([id, each]) =>
      each.modalities.map((modality, k) => {
        const figure = make("figure", "compare-source");
        const tile = { name: `compare-source-${id}-${k}`, column: `source-${k}`, kind: "source", k, row: null, case: id };
        const caption = make("figcaption", "", scene.case2 ? `${modality} · ${each.title}` : modality);
        const note = make("span", "muted");
        Object.assign(note.dataset, { source: k, case: id });
        caption.append(note);
        figure.append(canvas(tile, `source image ${modality}`), caption);
        return figure;
      })
    );
  }

  /** Make the elements of a scene where its rows or case studies have changed. */
  function sync(scene) {
    const place = document.getElementById("compare-rows");
    if (!place) return;
    const key = JSON.stringify([scene.case, scene.case2, scene.rows.map((row) => row.key)]);
    const same = key === shown && place.isConnected && place.querySelector(".compare-row");
    if (same) adopt(scene);
    else build(scene, place);
    shown = key;
    scene.rows.forEach(progress);
  }

  function build(scene, place) {
    const focused = document.activeElement && document.activeElement.dataset;
    const { action, method } = focused || {};
    tiles = [];
    parts = new Map();
    const bench = document.querySelector(".compare-bench");
    bench.toggleAttribute("data-two", Boolean(scene.case2));
    document.getElementById("compare-sources").replaceChildren(...sources(scene));
    const empty = make("p", "rows-empty", "No method is chosen. Add one beside the rows.");
    place.replaceChildren(...(scene.rows.length ? scene.rows.map((row, i) => line(row, i, scene)) : [empty]));
    headings(scene);
    document.getElementById("compare-add-label").textContent = scene.case2 ? "Method" : "Add method";
    if (!action) return;
    const same = place.querySelector(`[data-action="${action}"][data-method="${method}"]:enabled`);
    const near = same || place.querySelector(`[data-method="${method}"]:enabled`) || document.getElementById("comparer");
    near.focus({ preventScroll: true });
  }

  function headings(scene) {
    const { modalities } = scene.cases[scene.case] || { modalities: [] };
    document.querySelectorAll("#compare-headings [data-modality]").forEach((each) => {
      each.textContent = modalities[each.dataset.modality] || "";
    });
  }

  /** The same rows, with news of their guidance. */
  function adopt(scene) {
    for (const tile of tiles) if (tile.row) tile.row = scene.rows[tile.index];
  }

  /** What a row says while its guidance is not there. */
  function progress(row) {
    const { element, wait, estimate } = parts.get(row.key);
    element.dataset.state = row.state;
    write(estimate, row.state === "ready" && row.estimated ? `guidance ${row.estimated}` : "");
    if (row.state === "ready") {
      if (wait.firstChild) wait.replaceChildren();
      return;
    }
    if (row.state === "failed") {
      wait.replaceChildren(make("p", "row-problem", row.problem));
      return;
    }
    if (!wait.querySelector(".progress-track")) {
      const track = make("div", "progress-track");
      track.setAttribute("role", "progressbar");
      track.setAttribute("aria-label", `Computing guidance of ${row.title}`);
      track.append(make("div", "progress-fill"));
      wait.replaceChildren(make("div", "", "Computing guidance"), track, make("div", "muted number row-left"));
    }
    const percent = Math.round(100 * row.share);
    const left = row.eta === null ? "" : ` · about ${Math.max(1, Math.round(row.eta))} s left`;
    wait.querySelector(".progress-track").setAttribute("aria-valuenow", percent);
    wait.querySelector(".progress-fill").style.setProperty("--share", row.share);
    wait.querySelector(".row-left").textContent = `${percent} %${left}`;
  }

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  /** The numbers of a row: {fused, gradients, correlation, place, range} as text. */
  function numbers(key, known) {
    const { values, place, range } = parts.get(key);
    for (const name of Object.keys(values)) write(values[name], known[name]);
    write(place, known.place);
    write(range, known.range);
  }

  const api = {
    COLUMNS, changed, sync, numbers,
    tiles: () => tiles,
    element: (key) => parts.get(key) && parts.get(key).element,
    /** The tile that an event happened on, null elsewhere. */
    of: (target) => {
      const element = target.closest && target.closest(".tile[data-tile]");
      return (element && tiles.find((tile) => tile.element === element)) || null;
    },
  };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareRows: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
