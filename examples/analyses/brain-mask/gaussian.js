import { eachSpan } from "./grid.js";

/** Full widths at half maximum in one standard deviation. */
const WIDTHS = 2 * Math.sqrt(2 * Math.LN2);

/**
 * Smooths with a Gaussian; at the surface of the box only what lies within it counts.
 * @param {Float32Array} values
 * @param {import("./grid.js").Grid} grid
 * @param {number[]} widths Full width at half maximum along each axis, in mm; 0 leaves that axis as it is.
 */
export const gaussian = (values, grid, widths) => {
  let smooth = values;
  for (const axis of /** @type {const} */ ([0, 1, 2])) {
    const sigma = widths[axis] / WIDTHS / grid.spacing[axis];
    if (sigma > 0.05) smooth = convolveAlong(smooth, grid, axis, kernelOf(sigma));
  }
  return smooth;
};

/** One half of the kernel, the centre first. @param {number} sigma In voxels. */
const kernelOf = (sigma) =>
  Array.from({ length: Math.ceil(3.5 * sigma) + 1 }, (_, step) => Math.exp(-(step * step) / (2 * sigma * sigma)));

/** @param {Float32Array} values @param {import("./grid.js").Grid} grid @param {0 | 1 | 2} axis @param {number[]} kernel */
const convolveAlong = (values, grid, axis, kernel) => {
  const places = grid.dims[axis];
  const weights = weightsAt(kernel, places);
  const reach = Math.min(kernel.length, places);
  const result = new Float32Array(values.length);
  eachSpan(grid, axis, (start, span, stride) => {
    for (let i = start; i < start + span; i += 1) result[i] = values[i] * kernel[0];
    for (let step = 1; step < reach; step += 1) {
      addBoth(result, values, start, start + step * stride, span - step * stride, kernel[step]);
    }
    for (let place = 0; place < places; place += 1) scale(result, start + place * stride, stride, 1 / weights[place]);
  });
  return result;
};

/** What the kernel sums up to at every place, without what sticks out of the box. @param {number[]} kernel @param {number} places */
const weightsAt = (kernel, places) =>
  Array.from({ length: places }, (_, place) =>
    kernel.reduce((sum, weight, step) => {
      if (step === 0) return sum + weight;
      return sum + (step <= place ? weight : 0) + (place + step < places ? weight : 0);
    }, 0),
  );

/** @param {Float32Array} result @param {Float32Array} values @param {number} a @param {number} b @param {number} length @param {number} weight */
const addBoth = (result, values, a, b, length, weight) => {
  for (let i = 0; i < length; i += 1) {
    result[a + i] += values[b + i] * weight;
    result[b + i] += values[a + i] * weight;
  }
};

/** @param {Float32Array} result @param {number} first @param {number} length @param {number} factor */
const scale = (result, first, length, factor) => {
  for (let i = first; i < first + length; i += 1) result[i] *= factor;
};
