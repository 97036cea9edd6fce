/* What is shown: case study, method, decoded images. Figures of another selection are not taken in, so that
 * arrays of two selections are never mixed while one replaces the other. */
(function (root) {
  "use strict";

  /** Whether two things belong to the same case study and method. Pure. */
  function same(a, b) {
    return Boolean(a && b && a.case === b.case && a.method === b.method && Boolean(a.failed) === Boolean(b.failed));
  }

  /** Whether a figure holds the image of a view for this scene. Pure. */
  function belongs(view, figure, scene) {
    const meta = (figure && figure.layout && figure.layout.meta) || {};
    const ofMethod = root.FuseVis.views.SOURCES.includes(view) || meta.method === scene.method;
    return Boolean(scene.case) && meta.case === scene.case && ofMethod;
  }

  /** The images of a scene by view, from the figures of the page. Views whose figure is not there are left out. */
  function images(scene, figures) {
    const found = {};
    for (const view of [...root.FuseVis.views.SOURCES, "fused", ...root.FuseVis.views.GUIDANCE]) {
      if (belongs(view, figures[view], scene)) found[view] = root.FuseVis.arrays.image(figures[view].data[0].z);
    }
    return found;
  }

  const rgb = { source: null, image: null };

  /** The guidance RGB image as RGBA, null until the browser has decoded it; then `ready` is called. */
  function rgbImage(scene, figures, ready) {
    const figure = figures["guidance-rgb"];
    if (!belongs("guidance-rgb", figure, scene)) return null;
    const { source } = figure.data[0];
    if (rgb.source !== source) {
      Object.assign(rgb, { source, image: null });
      decode(source).then((image) => {
        if (rgb.source === source) rgb.image = image;
        ready();
      });
    }
    return rgb.image;
  }

  async function decode(source) {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { data, shape: [canvas.height, canvas.width] };
  }

  const api = { same, belongs, images, rgbImage };
  root.FuseVis = Object.assign(root.FuseVis || {}, { scene: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
