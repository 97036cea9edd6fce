/* The binary form of a Jacobian, as `dashboard/wire.py` writes it. Pure.
 *
 * Little-endian: int32 [version, K, h, w, y0, x0, y, x], the fused value as float32, K·h·w float32. */
(function (root) {
  "use strict";

  const VERSION = 1;
  const HEADER_BYTES = 36;

  /** {pixel, box, images: one {data, shape} per source, fused} of an ArrayBuffer. */
  function jacobian(buffer) {
    const view = new DataView(buffer);
    const [version, count, h, w, y0, x0, y, x] = Array.from({ length: 8 }, (_, i) => view.getInt32(4 * i, true));
    if (version !== VERSION || buffer.byteLength !== HEADER_BYTES + 4 * count * h * w) {
      throw new RangeError(`${buffer.byteLength} bytes of version ${version} are not a Jacobian of version ${VERSION}.`);
    }
    const images = Array.from({ length: count }, (_, k) => ({
      data: new Float32Array(buffer, HEADER_BYTES + 4 * k * h * w, h * w),
      shape: [h, w],
    }));
    return { pixel: { y, x }, box: { y0, x0, h, w }, images, fused: view.getFloat32(32, true) };
  }

  const api = { jacobian };
  root.FuseVis = Object.assign(root.FuseVis || {}, { wire: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
