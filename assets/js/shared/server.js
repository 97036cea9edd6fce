/* Whether the server answers: a banner while it does not, which goes away by itself. */
(function (root) {
  "use strict";

  const RETRY_MS = 1500;
  const HEARTBEAT_MS = 15000;
  let away = false;
  let returned = -Infinity; // when it was last back

  async function answers() {
    try {
      return (await fetch("health", { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  }

  function banner(shown) {
    const element = document.getElementById("server-banner");
    if (element) element.hidden = !shown;
  }

  async function pause() {
    banner(true);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  /** Called when a request got no answer: show the banner until the server is back, then redo what was missed.
   *
   * Where it answers about its health and nothing else (something between holds requests back), what was missed
   * is asked for again after a pause, not at once and without end.
   */
  async function lost() {
    if (away) return;
    away = true;
    if (Date.now() - returned < RETRY_MS) await pause();
    while (!(await answers())) await pause();
    banner(false);
    away = false;
    returned = Date.now();
    document.dispatchEvent(new Event("fusevis-server-back"));
  }

  async function heartbeat() {
    if (!away && document.visibilityState === "visible" && !(await answers())) lost();
  }

  function watch() {
    setInterval(heartbeat, HEARTBEAT_MS);
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { server: { lost, watch } });
})(typeof window === "undefined" ? globalThis : window);
