/* The binary forms in which arrays travel, as `dashboard/service/wire.py` writes them. Pure. All little-endian.
 *
 * A Jacobian: int32 [version, K, h, w, y0, x0, y, x], the fused value as float32, K·h·w float32.
 * Several Jacobians: int32 [version, N], N lengths in bytes, the Jacobians.
 * Images: int32 [version, N, H, W], N·H·W float32. */
(function (root) {
  "use strict";

  const VERSION = 1;
  const HEADER_BYTES = 36;
  const IMAGES_BYTES = 16;

  function integers(buffer, start, count) {
    const view = new DataView(buffer);
    return Array.from({ length: count }, (_, i) => view.getInt32(start + 4 * i, true));
  }

  /** N images {data, shape} that lie behind each other, as views on the buffer. */
  function planes(buffer, start, count, h, w) {
    return Array.from({ length: count }, (_, k) => ({
      data: new Float32Array(buffer, start + 4 * k * h * w, h * w),
      shape: [h, w],
    }));
  }

  /** {pixel, box, images: one {data, shape} per source, fused} of an ArrayBuffer, or of a part of it. */
  function jacobian(buffer, start = 0, length = buffer.byteLength) {
    const [version, count, h, w, y0, x0, y, x] = integers(buffer, start, 8);
    if (version !== VERSION || length !== HEADER_BYTES + 4 * count * h * w) {
      throw new RangeError(`${length} bytes of version ${version} are not a Jacobian of version ${VERSION}.`);
    }
    const fused = new DataView(buffer).getFloat32(start + 32, true);
    return { pixel: { y, x }, box: { y0, x0, h, w }, images: planes(buffer, start + HEADER_BYTES, count, h, w), fused };
  }

  /** The Jacobians of an answer about several methods, in its order. */
  function jacobians(buffer) {
    const [version, count] = integers(buffer, 0, 2);
    if (version !== VERSION) throw new RangeError(`Version ${version} is not version ${VERSION} of a list of Jacobians.`);
    let start = 8 + 4 * count;
    return integers(buffer, 8, count).map((length) => {
      const found = jacobian(buffer, start, length);
      start += length;
      return found;
    });
  }

  /** The images {data, shape} of an answer, in its order. */
  function images(buffer) {
    const [version, count, h, w] = integers(buffer, 0, 4);
    if (version !== VERSION || buffer.byteLength !== IMAGES_BYTES + 4 * count * h * w) {
      throw new RangeError(`${buffer.byteLength} bytes of version ${version} are not images of version ${VERSION}.`);
    }
    return planes(buffer, IMAGES_BYTES, count, h, w);
  }

  const api = { jacobian, jacobians, images };
  root.FuseVis = Object.assign(root.FuseVis || {}, { wire: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
