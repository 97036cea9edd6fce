/* The numbers of the rows: beside their names, and, once the pixel rests, for readers who hear the page. */
(function (root) {
  "use strict";

  const REST_MS = 400;
  let timer = null;

  function modules() {
    return root.FuseVis;
  }

  /** Show the numbers of all rows; speak them when nothing has moved for a moment. */
  function show(range) {
    modules().compare.now.scene.rows.forEach((row) => numbers(row, range));
    clearTimeout(timer);
    timer = setTimeout(speak, REST_MS);
  }

  /** The entries of a Jacobian at its own pixel, which are the guidance there; none where it is another pixel's. Pure. */
  function own(jacobian, pixel) {
    const { arrays, windows } = modules();
    if (!jacobian || !windows.same(jacobian.pixel, pixel)) return [NaN, NaN];
    const inside = { y: pixel.y - jacobian.box.y0, x: pixel.x - jacobian.box.x0 };
    return jacobian.images.map((image) => arrays.at(image, inside));
  }

  /** The numbers of a row beside its name. */
  function numbers(row, range) {
    const { compare, compareData, compareRows, compareScales, arrays, numbers, stats, windows } = modules();
    const pixel = compare.pixelOf(row.case);
    const fused = compareData.fused(row);
    const pair = compareData.guidance(row);
    const gradients = pair ? pair.map((image) => arrays.at(image, pixel)) : own(compare.now.jacobians[row.key], pixel);
    const inside = pair && windows.box(pixel, row.window, pair[0].shape);
    const cuts = inside && pair.map((image) => arrays.cut(image, inside).data);
    const clamped = windows.same(pixel, compare.now.pixel) ? "" : ", the nearest one";
    const { scale, scope } = compare.now.controls;
    compareRows.numbers(row.key, {
      fused: numbers.number(fused ? arrays.at(fused, pixel) : NaN),
      "gradient-0": numbers.signed(gradients[0], 3),
      "gradient-1": numbers.signed(gradients[1], 3),
      correlation: numbers.signed(cuts ? stats.pearson(...cuts) : NaN, 2),
      place: compare.now.scene.case2 ? `row ${pixel.y}, column ${pixel.x}${clamped}` : "",
      range: scope === "method" ? `colours ${compareScales.text(scale, range(row))}` : "",
    });
  }

  /** For readers who hear the page: what came to rest. */
  function speak() {
    const place = document.getElementById("compare-spoken");
    const { now } = modules().compare;
    if (!place || !now.scene || !now.pixel) return;
    const each = now.scene.rows.map((row) => {
      const found = modules().compareRows.element(row.key);
      const value = (name) => found.querySelector(`[data-value="${name}"]`).textContent;
      return `${row.title}: fused ${value("fused")}, gradients ${value("gradient-0")} and ${value("gradient-1")}`;
    });
    place.textContent = `Row ${now.pixel.y}, column ${now.pixel.x}. ${each.join(". ")}`;
  }

  const api = { own, show };
  root.FuseVis = Object.assign(root.FuseVis || {}, { compareNumbers: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
