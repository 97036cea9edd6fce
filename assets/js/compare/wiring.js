/* Connects the Compare page's modules to Dash's callbacks (`dashboard/compare/callbacks.py`) and to its events. */
(function () {
  "use strict";

  const fusevis = window.FuseVis;
  const { compare, compareAddress, compareRows, compareTiles, controls, layers, theme } = fusevis;
  const LISTENING = ["compare", "comparePointer", "comparePlace", "comparePair"];

  function show() {
    const { scene, colours, methods, pixel, start, ...told } = controls.named("compare-");
    compare.show(scene, colours, told, methods, pixel, start);
  }

  function heard(pixel) {
    compare.heard(pixel);
  }

  function add(method, methods) {
    const none = window.dash_clientside.no_update;
    const { scene } = compare.now;
    const action = scene && scene.case2 ? "first" : "add"; // two case studies show the first method only
    return method ? [compareRows.changed(methods, action, method), ""] : [none, none];
  }

  function repaint() {
    compareTiles.forgetColours();
    compare.paintAll();
    compareAddress.note({ theme: theme.current() });
    compareAddress.flush();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { fuseviscompare: { show, heard, add } });
  layers.onResize(compare.paintAll);
  document.addEventListener("fusevis-theme", repaint);
  LISTENING.forEach((name) => fusevis[name].listen());
})();
