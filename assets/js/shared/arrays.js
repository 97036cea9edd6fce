/* Arrays as they travel in Plotly figures, and windows cut out of them.
 *
 * An image is {data, shape: [height, width]}, row after row. Pure; knows nothing of the page. */
(function (root) {
  "use strict";

  const TYPES = {
    f4: Float32Array, float32: Float32Array, f8: Float64Array, float64: Float64Array,
    u1: Uint8Array, uint8: Uint8Array, i4: Int32Array, int32: Int32Array,
  };
  const decoded = new WeakMap();

  /** Bytes of a base64 text. */
  function bytes(text) {
    const binary = atob(text);
    const out = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  }

  /** The image in a trace's z: Plotly's {dtype, bdata, shape}, or an array of rows. Decoded once per object. */
  function image(z) {
    if (!z || typeof z !== "object") return null;
    if (!decoded.has(z)) decoded.set(z, z.bdata === undefined ? fromRows(z) : fromSpec(z));
    return decoded.get(z);
  }

  function fromSpec(spec) {
    const Type = TYPES[spec.dtype];
    if (!Type) throw new TypeError(`Array type ${spec.dtype} is not one of ${Object.keys(TYPES).join(", ")}.`);
    const shape = String(spec.shape).split(",").map(Number);
    return { data: new Type(bytes(spec.bdata).buffer), shape };
  }

  function fromRows(rows) {
    const width = rows.length ? rows[0].length : 0;
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, y) => data.set(row, y * width));
    return { data, shape: [rows.length, width] };
  }

  /** The rows of an image, as views on its data: the form Plotly reads without copying. */
  function rows(img) {
    const [height, width] = img.shape;
    return Array.from({ length: height }, (_, y) => img.data.subarray(y * width, (y + 1) * width));
  }

  /** The frame {y0, x0, h, w} of an image, `outside` where the frame leaves the image. */
  function cut(img, frame, outside = NaN) {
    const [height, width] = img.shape;
    const out = new Float32Array(frame.h * frame.w).fill(outside);
    const left = Math.max(0, frame.x0);
    const right = Math.min(width, frame.x0 + frame.w);
    for (let y = Math.max(0, frame.y0); y < Math.min(height, frame.y0 + frame.h); y++) {
      if (right > left) {
        const target = (y - frame.y0) * frame.w + (left - frame.x0);
        out.set(img.data.subarray(y * width + left, y * width + right), target);
      }
    }
    return { data: out, shape: [frame.h, frame.w] };
  }

  /** The frame of an RGBA image, transparent where the frame leaves the image. */
  function cutRgba(img, frame) {
    const [height, width] = img.shape;
    const out = new Uint8ClampedArray(frame.h * frame.w * 4);
    const left = Math.max(0, frame.x0);
    const right = Math.min(width, frame.x0 + frame.w);
    for (let y = Math.max(0, frame.y0); y < Math.min(height, frame.y0 + frame.h); y++) {
      if (right > left) {
        const target = ((y - frame.y0) * frame.w + (left - frame.x0)) * 4;
        out.set(img.data.subarray((y * width + left) * 4, (y * width + right) * 4), target);
      }
    }
    return { data: out, shape: [frame.h, frame.w] };
  }

  /** A Jacobian's values, given on a box, in a frame: 0 around the box, NaN outside of the image. */
  function place(img, box, frame, shape) {
    const out = new Float32Array(frame.h * frame.w).fill(NaN);
    const left = Math.max(0, frame.x0), right = Math.min(shape[1], frame.x0 + frame.w);
    const boxLeft = Math.max(box.x0, frame.x0), boxRight = Math.min(box.x0 + box.w, frame.x0 + frame.w);
    for (let y = Math.max(0, frame.y0); y < Math.min(shape[0], frame.y0 + frame.h); y++) {
      const row = (y - frame.y0) * frame.w - frame.x0;
      out.fill(0, row + left, row + right);
      if (y >= box.y0 && y < box.y0 + box.h && boxRight > boxLeft) {
        const from = (y - box.y0) * box.w - box.x0;
        out.set(img.data.subarray(from + boxLeft, from + boxRight), row + boxLeft);
      }
    }
    return { data: out, shape: [frame.h, frame.w] };
  }

  /** The value of an image at a pixel. */
  function at(img, pixel) {
    return img.data[pixel.y * img.shape[1] + pixel.x];
  }

  const api = { image, rows, cut, cutRgba, place, at };
  root.FuseVis = Object.assign(root.FuseVis || {}, { arrays: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
