/* The Regions page: its address, which the server's controls tell. */
(function (root) {
  "use strict";

  const address = root.FuseVis.addresses.writer("regions", "regions-page");

  /** The state of the controls; the link's pixel and plane hold while its case study and region do. Pure. */
  function values({ case: kase, region: brush, relevant, method }, start) {
    const same = start && kase === start.case && brush === start.brush;
    const { y, x, plane } = same ? start : {};
    return { case: kase, brush, relevant, method, y, x, plane };
  }

  const api = { query: address.query, values };
  root.FuseVis = Object.assign(root.FuseVis || {}, { regions: api });
  if (typeof module === "object" && module.exports) {
    module.exports = api;
    return;
  }

  function note(told) {
    address.note(told);
    address.flush();
  }

  function writeAddress() {
    const { controls, theme } = root.FuseVis;
    const { start, ...told } = controls.named("regions-");
    const linked = new URLSearchParams(location.search).get("theme") && theme.current();
    note({ ...values(told, start), theme: address.current().theme || linked });
  }

  root.dash_clientside = Object.assign({}, root.dash_clientside, { fusevis_regions: { writeAddress } });
  document.addEventListener("fusevis-theme", () => {
    if (document.getElementById("regions-page")) note({ theme: root.FuseVis.theme.current() });
  });
})(typeof window === "undefined" ? globalThis : window);
