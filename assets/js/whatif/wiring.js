/* Connects the What if page's modules to Dash's callbacks (`dashboard/whatif/callbacks.py`) and to its events. */
(function () {
  "use strict";

  const fusevis = window.FuseVis;
  const { layers, theme, whatif, whatifAddress } = fusevis;

  function show(scene, start) {
    whatif.show(scene, start);
  }

  function repaint() {
    whatif.paint();
    whatifAddress.note({ theme: theme.current() });
    whatifAddress.flush();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { fusevis_whatif: { show } });
  layers.onResize(() => whatif.paint());
  document.addEventListener("fusevis-theme", repaint);
  ["whatif", "whatifLabels", "whatifPointer"].forEach((name) => fusevis[name].listen());
})();
