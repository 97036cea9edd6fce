/* Connects the modules to Dash's callbacks (`dashboard/callbacks/browser.py`) and to the page's events. */
(function () {
  "use strict";

  const { explorer, pointer, address, theme, server, layers, views } = window.FuseVis;

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
    if (explorer.begin(pixel)) writeAddress(...controls);
    explorer.show(scene, summary, figures);
  }

  function writeAddress(caseId, method, gamma1, gamma2, scale) {
    address.note({ case: caseId, method, gamma1, gamma2, scale });
  }

  function switchTheme() {
    theme.toggle();
  }

  function repaint() {
    layers.forgetColours();
    explorer.paintAll();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    fusevis: { selectPixel, followHover, showScene, writeAddress, switchTheme },
  });
  layers.onResize(explorer.paintAll);
  document.addEventListener("fusevis-theme", repaint);
  pointer.listen();
  server.watch();
})();
