/* Requests to the HTTP routes: binary data, the server's own sentence where it refuses, or that it is gone. */
(function (root) {
  "use strict";

  /** No answer at all: the server is gone, or the network. */
  class ServerGone extends Error {}

  async function answer(url) {
    try {
      return await fetch(url);
    } catch (error) {
      throw new ServerGone(error.message);
    }
  }

  /** The data of a route as an ArrayBuffer; raises ServerGone, or an Error with the server's own sentence. */
  async function binary(url) {
    const response = await answer(url);
    if (response.ok) return response.arrayBuffer();
    const { error } = await response.json().catch(() => ({ error: `The server answered ${response.status}.` }));
    throw new Error(error);
  }

  /** A request failed: wait for a server that is gone, else hand its sentence to `say`. */
  function failed(error, say) {
    if (error instanceof ServerGone) root.FuseVis.server.lost();
    else say(error.message);
  }

  const api = { ServerGone, binary, failed };
  root.FuseVis = Object.assign(root.FuseVis || {}, { fetch: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
