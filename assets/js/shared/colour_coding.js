/* Colour-coded fusion (Kumar et al. 2019, section 2.2), as `models/colour_coding.py` has it: the functional summed
 * gradient gives hue and saturation by the JET colours, the anatomical one the value, Ω scales the saturation.
 * Pure. */
(function (root) {
  "use strict";

  const OMEGA = 0.6;
  const MIDDLES = [3, 2, 1];
  const ranges = new WeakMap();

  /** A component of the JET colour of a level in [0, 1]; 0: red, 1: green, 2: blue. */
  function jet(level, component) {
    return Math.min(1, Math.max(0, 1.5 - Math.abs(4 * level - MIDDLES[component])));
  }

  /** {low, high} of an image, found once. */
  function range(image) {
    if (!ranges.has(image)) {
      let low = Infinity, high = -Infinity;
      for (const value of image.data) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      ranges.set(image, { low, high });
    }
    return ranges.get(image);
  }

  function scaled(image) {
    const { low, high } = range(image);
    const span = high - low;
    return span > 0 ? (i) => (image.data[i] - low) / span : () => 0;
  }

  /** The colour-coded image {data: RGBA, shape} of two summed gradients {data, shape}. */
  function paint(functional, anatomical, omega) {
    const out = new Uint8ClampedArray(4 * functional.data.length);
    const level = scaled(functional), value = scaled(anatomical);
    for (let i = 0, o = 0; i < functional.data.length; i++, o += 4) {
      const at = level(i), bright = 255 * value(i);
      const red = jet(at, 0), green = jet(at, 1), blue = jet(at, 2);
      const most = Math.max(red, green, blue);
      out[o] = Math.floor(bright * (1 - omega * (1 - red / most)) + 0.5);
      out[o + 1] = Math.floor(bright * (1 - omega * (1 - green / most)) + 0.5);
      out[o + 2] = Math.floor(bright * (1 - omega * (1 - blue / most)) + 0.5);
      out[o + 3] = 255;
    }
    return { data: out, shape: functional.shape };
  }

  /** The colours from the lowest to the highest functional gradient at full brightness, as a CSS gradient. */
  function gradient(omega) {
    const steps = 24;
    const ramp = { data: Float32Array.from({ length: steps + 1 }, (_, i) => i / steps), shape: [1, steps + 1] };
    const full = { data: Float32Array.from(ramp.data, (_, i) => (i ? 1 : 0)), shape: ramp.shape };
    const { data } = paint(ramp, full, omega);
    // the first step only made room for the range of the brightness
    const colour = (i) => `rgb(${data[4 * i]}, ${data[4 * i + 1]}, ${data[4 * i + 2]})`;
    const stops = Array.from({ length: steps + 1 }, (_, i) => colour(Math.max(1, i)));
    return `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  const api = { OMEGA, jet, range, paint, gradient };
  root.FuseVis = Object.assign(root.FuseVis || {}, { colourCoding: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
