/* Connects the Compare page's modules to Dash's callbacks (`dashboard/callbacks/compare.py`) and to its events. */
(function () {
  "use strict";

  const fusevis = window.FuseVis;
  const { compare, compareAddress, compareRows, compareTiles, layers, theme } = fusevis;
  const LISTENING = ["compare", "comparePointer", "comparePlace", "comparePair"];
  const NAMES = ["case", "case2", "gamma1", "gamma2", "scale", "scope", "jacobians", "coded", "first", "second", "mode"];

  function show(scene, colours, ...rest) {
    const controls = Object.fromEntries(NAMES.map((name, i) => [name, rest[i]]));
    compare.show(scene, colours, controls, ...rest.slice(NAMES.length));
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
  document.addEventListener("fusevis-share", compareAddress.flush);
  LISTENING.forEach((name) => fusevis[name].listen());
})();
