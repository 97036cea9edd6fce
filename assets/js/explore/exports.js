/* Files of what a view shows: pictures through Plotly's own export, numbers from the server's routes. */
(function (root) {
  "use strict";

  const PNG_SCALE = 4;

  /** case_method_view_y-x.ending, of characters that every file system takes. Pure. */
  function fileName({ scene, pixel }, view, ending) {
    const parts = [scene.case, scene.method, view, `${pixel.y}-${pixel.x}`];
    return `${parts.map((part) => String(part).replace(/[^A-Za-z0-9.-]+/g, "-")).join("_")}.${ending}`;
  }

  /** What a view can be saved as. Pure. */
  function formats(view) {
    return view.startsWith("jacobian") ? ["png", "svg", "npz", "csv"] : ["png", "svg", "npz"];
  }

  /** The route that answers with a view's numbers. Pure. */
  function route({ scene, pixel }, view, format) {
    const which = { case: scene.case, method: scene.method };
    if (!view.startsWith("jacobian")) return `api/v1/guidance?${new URLSearchParams({ ...which, format })}`;
    return `api/v1/jacobian?${new URLSearchParams({ ...which, ...pixel, format })}`;
  }

  /** The marks of a view, which canvases draw on the page, as shapes of a figure. Pure but for its modules. */
  function marks({ scene, pixel }, view, colour) {
    const { views, windows } = root.FuseVis;
    if (view === views.SCATTER) return [];
    const box = views.FULL.includes(view)
      ? windows.box(pixel, scene.window, scene.shape)
      : { y0: pixel.y, x0: pixel.x, h: 1, w: 1 };
    const corners = { x0: box.x0 - 0.5, x1: box.x0 + box.w - 0.5, y0: box.y0 - 0.5, y1: box.y0 + box.h - 0.5 };
    return [{ type: "rect", ...corners, line: { color: colour, width: 1.5 }, layer: "above" }];
  }

  /** The colours over the fused image, where these are on. */
  function overlay({ scene, pixel, cuts }, view) {
    const { colourCoded, views } = root.FuseVis;
    const whole = { y0: 0, x0: 0, h: scene.shape[0], w: scene.shape[1] };
    const frame = { fused: whole, [views.zoom("fused")]: cuts.fused && cuts.fused.frame }[view];
    const image = frame && colourCoded.image(frame, scene.shape, pixel);
    return image ? { images: [image] } : {};
  }

  function variable(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /** The figure of a view with its marks, what it shows now, and a ground. */
  function figure(view) {
    const { explorer, views } = root.FuseVis;
    const plot = views.plot(view);
    const axis = (name) => ({ ...plot.layout[name], range: [...plot._fullLayout[name].range] });
    const grounds = { [views.SCATTER]: "--panel" };
    return {
      data: plot.data,
      layout: {
        ...plot.layout,
        xaxis: axis("xaxis"),
        yaxis: axis("yaxis"),
        ...overlay(explorer.now, view),
        shapes: marks(explorer.now, view, variable("--mark")),
        paper_bgcolor: variable(grounds[view] || (views.ZOOMS.includes(view) ? "--outside" : "--tile")),
      },
    };
  }

  function picture(view, format) {
    const { explorer, views } = root.FuseVis;
    const { clientWidth: width, clientHeight: height } = views.plot(view);
    const filename = fileName(explorer.now, view, format).slice(0, -format.length - 1);
    const scale = format === "png" ? PNG_SCALE : 1;
    return root.Plotly.downloadImage(figure(view), { format, filename, width, height, scale });
  }

  function numbers(view, format) {
    const { now } = root.FuseVis.explorer;
    const link = document.createElement("a");
    link.href = route(now, view, format);
    link.download = fileName(now, view, format);
    link.click();
  }

  /** Save a view as a file. */
  function save(view, format) {
    const { explorer, views } = root.FuseVis;
    const { scene, pixel } = explorer.now;
    if (!scene || scene.failed || !pixel || !views.plot(view)) return;
    if (format === "png" || format === "svg") picture(view, format);
    else numbers(view, format);
  }

  const api = { fileName, formats, route, save };
  root.FuseVis = Object.assign(root.FuseVis || {}, { exports: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
