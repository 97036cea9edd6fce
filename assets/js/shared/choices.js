/* Groups of radio buttons that the browser owns: `dashboard/shared/choices.py` lays them out.
 *
 * A choice is announced as the event `fusevis-choice` with {group, value}; who owns the group shows it by `show`. */
(function (root) {
  "use strict";

  /** The place that an arrow key leads to among `count`, null for other keys. Pure. */
  function step(key, at, count) {
    const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    return turn ? (at + turn + count) % count : null;
  }

  function buttons(group) {
    return [...group.querySelectorAll("[data-choice]")];
  }

  /** Show which value of a group is chosen. */
  function show(id, value) {
    const group = document.getElementById(id);
    if (!group) return;
    for (const button of buttons(group)) {
      const chosen = button.dataset.choice === String(value);
      button.setAttribute("aria-checked", String(chosen));
      button.classList.toggle("active", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
  }

  function announce(button) {
    const detail = { group: button.closest(".choices").id, value: button.dataset.choice };
    document.dispatchEvent(new CustomEvent("fusevis-choice", { detail }));
  }

  function under(event) {
    return event.target.closest && event.target.closest(".choices [data-choice]");
  }

  function keyed(event) {
    const button = under(event);
    if (!button) return;
    const all = buttons(button.closest(".choices"));
    const next = step(event.key, all.indexOf(button), all.length);
    if (next === null) return;
    announce(all[next]);
    all[next].focus();
    event.preventDefault();
    event.stopPropagation();
  }

  function listen() {
    document.addEventListener("click", (event) => under(event) && announce(under(event)));
    document.addEventListener("keydown", keyed, true);
  }

  const api = { step, show, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { choices: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
