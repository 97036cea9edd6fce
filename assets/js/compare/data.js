/* The arrays of the Compare page: sources, fused images, guidance and, for colours, summed gradients; fetched once
 * and kept while they are shown. */
(function (root) {
  "use strict";

  const held = new Map();
  const asked = new Set();

  const names = {
    sources: (id) => `sources ${id}`,
    fused: (row) => `fused ${row.key}`,
    guidance: (row) => `guidance ${row.key}`,
    summed: (row) => `summed ${row.key}`,
  };

  /** What a scene needs: [name, address] of every array. Pure. */
  function wanted(scene) {
    const address = (route, values) => `api/v1/${route}?${new URLSearchParams({ ...values, format: "bin" })}`;
    const found = Object.keys(scene.cases).map((id) => [names.sources(id), address("images", { case: id })]);
    for (const row of scene.rows) {
      const { case: id, method, state } = row;
      if (state !== "failed") found.push([names.fused(row), address("images", { case: id, method })]);
      const coloured = scene.coded && (state === "ready" || state === "pending");
      if (coloured) found.push([names.summed(row), address("summed", { case: id, method })]);
      if (state === "ready") found.push([names.guidance(row), address("guidance", { case: id, method })]);
    }
    return found;
  }

  /** Fetch what a scene needs and is not there; forget what it does not. `arrived` hears of every array. */
  function load(scene, arrived, failed) {
    const needs = wanted(scene);
    const kept = new Set(needs.map(([name]) => name));
    for (const name of [...held.keys()]) if (!kept.has(name)) held.delete(name);
    for (const [name, url] of needs) {
      if (held.has(name) || asked.has(name)) continue;
      asked.add(name);
      root.FuseVis.fetch.binary(url)
        .finally(() => asked.delete(name))
        .then((buffer) => {
          held.set(name, root.FuseVis.wire.images(buffer));
          arrived(name);
        }, failed);
    }
  }

  /** The sources of a case study, null while they are not there. */
  const sources = (id) => held.get(names.sources(id)) || null;

  /** The fused image of a row. */
  const fused = (row) => (held.get(names.fused(row)) || [null])[0];

  /** Both guidance images of a row. */
  const guidance = (row) => held.get(names.guidance(row)) || null;

  /** Both summed gradients of a row. */
  const summed = (row) => held.get(names.summed(row)) || null;

  const api = { wanted, load, sources, fused, guidance, summed };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareData: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
