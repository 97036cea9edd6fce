/* The Jacobians of all rows: one request a case study, one round in flight and one waiting. */
(function (root) {
  "use strict";

  let requests = null;
  let asked = "";
  let noticed = null;

  function modules() {
    return root.FuseVis;
  }

  /** Ask for the Jacobians of the rows at a pixel, which `pixelOf` gives in every case study, unless that is
   * what was asked for last. */
  function ask(scene, pixel, pixelOf, again = false) {
    const { Latest } = modules().latestRequest;
    requests = requests || new Latest(send, take, miss);
    const rows = scene.rows.filter((row) => row.state !== "failed");
    const pixels = Object.fromEntries(rows.map((row) => [row.case, pixelOf(row.case)]));
    const key = JSON.stringify([rows.map((row) => row.key), pixels]);
    if (!rows.length || (key === asked && !again)) return;
    asked = key;
    requests.ask({ pixel, rows, pixels });
  }

  /** The addresses of a round: one a case study, for the methods of its rows in their order. Pure. */
  function addresses(rows, pixels) {
    return Object.entries(pixels).map(([id, pixel]) => {
      const own = rows.filter((row) => row.case === id);
      const methods = own.map((row) => row.method).join(",");
      const query = new URLSearchParams({ case: id, methods, y: pixel.y, x: pixel.x, format: "bin" });
      return { rows: own, url: `api/v1/jacobians?${query}` };
    });
  }

  async function send({ rows, pixels }) {
    const { fetch, wire } = modules();
    const answers = addresses(rows, pixels).map(async ({ rows: own, url }) => {
      const found = wire.jacobians(await fetch.binary(url));
      return own.map((row, i) => [row.key, found[i]]);
    });
    return (await Promise.all(answers)).flat();
  }

  function take({ pixel }, found) {
    say(null);
    modules().compare.take(pixel, found);
  }

  function miss(_key, error) {
    asked = "";
    refused(error);
  }

  /** A request failed: say why, or wait for a server that is gone. */
  function refused(error) {
    modules().fetch.failed(error, say);
  }

  function say(text) {
    if (text !== noticed && document.getElementById("compare-notice")) {
      root.dash_clientside.set_props("compare-notice", { children: text });
    }
    noticed = text;
  }

  /** A page that was just laid out has asked for nothing. */
  function begin() {
    asked = "";
    noticed = null;
  }

  const api = { ask, addresses, refused, begin };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareRequests: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
