/* One view over the whole screen. The layout does it; the browser's full screen comes on top where there is one. */
(function (root) {
  "use strict";

  function shown() {
    return document.querySelector(".view.maximised");
  }

  function open(tile) {
    close();
    tile.classList.add("maximised");
    const page = document.documentElement;
    if (page.requestFullscreen) page.requestFullscreen().catch(() => {}); // refused: the window is filled instead
  }

  function close() {
    const tile = shown();
    if (tile) tile.classList.remove("maximised");
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  /** Show the view of this name over everything, or put it back. */
  function toggle(view) {
    const tile = document.querySelector(`.view[data-view="${view}"]`);
    if (!tile || tile === shown()) close();
    else open(tile);
  }

  function keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "Escape" && shown()) {
      event.preventDefault();
      close();
    } else if (event.key === "f") {
      const tile = shown() || document.querySelector(".view:hover") || event.target.closest(".view");
      if (tile) toggle(tile.dataset.view);
    }
  }

  function listen() {
    document.addEventListener("keydown", keyed);
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || close());
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { fullscreen: { toggle, listen } });
})(typeof window === "undefined" ? globalThis : window);
