/* Back and forward: the entry of the browser's history that was reached is shown, without loading the page.
 *
 * Dash would lay the whole page out again, so the event stops here when the page stays the same. */
(function (root) {
  "use strict";

  const NOT_CONTROLS = ["y", "x", "brush", "pin", "coded", "omega", "hue", "theme"];

  let path = null;

  /** The controls whose values differ, of two states. Pure. */
  function changes(before, after) {
    const keys = root.FuseVis.address.declaration().keys.filter((key) => !NOT_CONTROLS.includes(key));
    return keys.filter((key) => after[key] !== null && after[key] !== "" && after[key] !== before[key]);
  }

  function offered(id, value) {
    const select = document.getElementById(id);
    return Boolean(select) && [...select.options].some((option) => option.value === value);
  }

  /** The Explore page was laid out. */
  function begin() {
    path = location.pathname;
  }

  function popped(event) {
    if (!document.getElementById("explorer") || location.pathname !== path) return;
    event.stopImmediatePropagation();
    const { address } = root.FuseVis;
    const values = address.parse(location.search);
    const sound = address.query(values) !== null && address.declaration().selections.every((key) => offered(key, values[key]));
    // the server knows what to do with an address that makes no sense
    if (sound) show(values);
    else location.reload();
  }

  function show(values) {
    const { address, explorer, pin, theme } = root.FuseVis;
    const wanted = changes(address.current(), values);
    address.arrived(values);
    if (values.theme) theme.use(values.theme);
    pin.show(values.pin === "1");
    const pixel = { y: values.y, x: values.x };
    // another case study may have another shape: its scene brings the pixel inside
    if (wanted.includes("case")) explorer.now.pixel = pixel;
    else explorer.select(pixel);
    for (const key of wanted) root.dash_clientside.set_props(key, { value: values[key] });
    document.dispatchEvent(new CustomEvent("fusevis-arrived", { detail: values }));
  }

  function listen() {
    root.addEventListener("popstate", popped, true);
  }

  const api = { changes, begin, listen };
  root.FuseVis = Object.assign(root.FuseVis || {}, { historySteps: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
