/* Connects the modules to Dash's callbacks (`dashboard/explore/callbacks/browser.py`) and to the page's events. */
(function () {
  "use strict";

  const fusevis = window.FuseVis;
  const { address, controls, explorer, layers, pointer, theme, views } = fusevis;
  const LISTENING = [
    "brushStrokes", "pointer", "drags", "pinch", "pin", "pixelBar", "viewport", "historySteps", "fullscreen", "menu",
    "colourCoded",
  ];
  const CONTROLS = ["case", "method", "gamma1", "gamma2", "scale", "scope"];

  function selectPixel(pixel) {
    explorer.heard(pixel);
  }

  function followHover() {
    const { triggered } = window.dash_clientside.callback_context;
    const view = triggered.length ? triggered[0].prop_id.split(".")[0] : null;
    const hover = view && controls.named()[view];
    return pointer.hovered(hover && hover.points[0]) || window.dash_clientside.no_update;
  }

  function showScene() {
    const told = controls.named();
    const figures = Object.fromEntries(views.GRAPHS.map((view) => [view, told[view]]));
    // Dash does not call callbacks without outputs for a page that was just laid out; this one comes anyway
    if (explorer.begin(told.pixel)) {
      note(told);
      fusevis.brushing.note();
    }
    explorer.show(told.scene, told["guidance-summary"], figures);
  }

  function note(told) {
    address.note(Object.fromEntries(CONTROLS.map((key) => [key, told[key]])));
  }

  function writeAddress() {
    note(controls.named());
  }

  function takeBrush(text, masks) {
    fusevis.brushing.take(text, masks);
  }

  function repaint() {
    layers.forgetColours();
    explorer.paintAll();
    address.note({ theme: theme.current() });
    address.flush(); // a page that is loaded again must not bring the former theme back
  }

  function askAgain() {
    if (!document.getElementById("explorer")) return;
    window.dash_clientside.set_props("server-epoch", { data: Date.now() });
    explorer.askAgain();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    fusevis: { selectPixel, followHover, showScene, writeAddress, takeBrush },
  });
  layers.onResize(explorer.paintAll);
  document.addEventListener("fusevis-theme", repaint);
  document.addEventListener("fusevis-server-back", askAgain);
  LISTENING.forEach((name) => fusevis[name].listen());
})();
