/* What a clientside callback was told, by name instead of by place: {name: value} of its inputs and states, where a
 * control's name is its id without the page's prefix. Read before anything is awaited. */
(function (root) {
  "use strict";

  /** The same from the lists that Dash gives, none where there are no states. Pure. */
  function byName(lists, prefix) {
    const plain = (id) => (id.startsWith(prefix) ? id.slice(prefix.length) : id);
    return Object.fromEntries(lists.flat(2).filter(Boolean).map(({ id, value }) => [plain(id), value]));
  }

  function named(prefix = "") {
    const { inputs_list: inputs, states_list: states } = root.dash_clientside.callback_context;
    return byName([inputs, states], prefix);
  }

  const api = { byName, named };
  root.FuseVis = Object.assign(root.FuseVis || {}, { controls: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
