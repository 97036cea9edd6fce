/* Connects the modules to Dash's callbacks (`dashboard/callbacks/browser.py`) and to the page's events. */
(function () {
  "use strict";

  const fusevis = window.FuseVis;
  const { explorer, pointer, address, theme, server, layers, views } = fusevis;
  const LISTENING = ["strokes", "pointer", "drags", "pinch", "pin", "place", "viewport", "travel", "share", "help", "fullscreen", "menu", "choices", "coded"];

  function selectPixel(pixel) {
    explorer.heard(pixel);
  }

  function followHover(...hovers) {
    const { triggered } = window.dash_clientside.callback_context;
    const view = triggered.length ? triggered[0].prop_id.split(".")[0] : null;
    const hover = hovers[views.FULL.indexOf(view)];
    return pointer.hovered(hover && hover.points[0]) || window.dash_clientside.no_update;
  }

  function showScene(scene, summary, ...rest) {
    const figures = Object.fromEntries(views.GRAPHS.map((view, i) => [view, rest[i]]));
    const [pixel, ...controls] = rest.slice(views.GRAPHS.length);
    // Dash does not call callbacks without outputs for a page that was just laid out; this one comes anyway
    if (explorer.begin(pixel)) {
      writeAddress(...controls);
      fusevis.brushing.note();
    }
    explorer.show(scene, summary, figures);
  }

  function writeAddress(caseId, method, gamma1, gamma2, scale, scope) {
    address.note({ case: caseId, method, gamma1, gamma2, scale, scope });
  }

  function takeBrush(text, masks) {
    fusevis.brushing.take(text, masks);
  }

  function switchTheme() {
    theme.toggle();
  }

  function repaint() {
    layers.forgetColours();
    explorer.paintAll();
    address.note({ theme: theme.current() });
    address.flush(); // a page that is loaded again must not bring the former theme back
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    fusevis: { selectPixel, followHover, showScene, writeAddress, takeBrush, switchTheme },
  });
  layers.onResize(explorer.paintAll);
  document.addEventListener("fusevis-theme", repaint);
  LISTENING.forEach((name) => fusevis[name].listen());
  server.watch();
})();
