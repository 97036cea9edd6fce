/* What a selected pixel means for each view: the values around it, its window's points, its numbers. Pure;
 * needs the images of the scene, not the page. */
(function (root) {
  "use strict";

  function modules() {
    return root.FuseVis;
  }

  /** Values around the pixel for the zooms of all stored images, by view. */
  function storedCuts({ scene, images, rgb, pixel }) {
    const { arrays, windows } = modules();
    const frame = windows.zoomFrame(pixel, scene.window);
    const cuts = {};
    for (const view of Object.keys(images)) cuts[view] = { ...arrays.cut(images[view], frame), frame, pixel };
    if (rgb) cuts["guidance-rgb"] = { ...arrays.cutRgba(rgb, frame), frame, pixel, rgba: true };
    return cuts;
  }

  /** Values around a Jacobian's pixel for its zooms, by view. */
  function jacobianCuts({ scene, jacobian }) {
    const { arrays, views, windows } = modules();
    const { pixel, box, images } = jacobian;
    const frame = windows.zoomFrame(pixel, scene.window);
    return Object.fromEntries(
      views.JACOBIANS.map((view, k) => [view, { ...arrays.place(images[k], box, frame, scene.shape), frame, pixel }])
    );
  }

  /** The guidance values of the window's pixels, one array per source; null while there is no guidance. */
  function points({ scene, images, pixel }) {
    const { arrays, views, windows } = modules();
    if (views.GUIDANCE.some((view) => !images[view])) return null;
    const box = windows.box(pixel, scene.window, scene.shape);
    const [x, y] = views.GUIDANCE.map((view) => arrays.cut(images[view], box).data);
    return { x, y };
  }

  /** The numbers of the readout. */
  function numbers({ images, pixel, points: inWindow, jacobian, imageCorrelation, summary }) {
    const { arrays, jacobianSpread, stats, views, windows } = modules();
    const value = (view) => (images[view] ? arrays.at(images[view], pixel) : NaN);
    const current = jacobian && windows.same(jacobian.pixel, pixel) ? jacobian : null;
    return {
      pixel,
      sources: views.SOURCES.map(value),
      fused: value("fused"),
      gradients: views.GUIDANCE.map((view, k) => (images[view] ? value(view) : diagonal(current, k))),
      correlation: {
        window: inWindow ? stats.pearson(inWindow.x, inWindow.y) : NaN,
        image: imageCorrelation,
      },
      hidden: summary ? summary.hidden : null,
      stage: summary ? summary.estimated || "exact" : null,
      // of the Jacobian that is on the screen, which the pointer may just have left
      spread: jacobian ? jacobianSpread.of(jacobian) : null,
    };
  }

  /** The Jacobian's entry at its own pixel, which is the guidance value there. */
  function diagonal(jacobian, k) {
    if (!jacobian) return NaN;
    const { pixel, box, images } = jacobian;
    return images[k].data[(pixel.y - box.y0) * box.w + pixel.x - box.x0];
  }

  /** Range of a Jacobian's own colours, while no guidance image says more: {zmin, zmax} for a scale's name. */
  function ownRange(jacobian, scale) {
    const { maximum, magnitude } = modules().stats.extent(jacobian.images.map((image) => image.data));
    if (scale === "signed") return { zmin: -(magnitude || 1), zmax: magnitude || 1 };
    return { zmin: 0, zmax: maximum > 0 ? maximum : 1 };
  }

  const api = { storedCuts, jacobianCuts, points, numbers, diagonal, ownRange };
  root.FuseVis = Object.assign(root.FuseVis || {}, { selection: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
