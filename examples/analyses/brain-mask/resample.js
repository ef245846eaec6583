import { eachSpan, sizeOf } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */
/** @typedef {[number, number, number]} Triple */

/** How many voxels of each axis make one of about `width` mm, at least one. @param {Grid} grid @param {number} width @returns {Triple} */
export const blockOf = ({ spacing: [x, y, z] }, width) => {
  /** @param {number} spacing */
  const block = (spacing) => Math.max(1, Math.floor(width / spacing + 1e-3));
  return [block(x), block(y), block(z)];
};

/** @param {Grid} grid @param {Triple} block @returns {Grid} */
export const coarserGrid = ({ dims, spacing }, block) => ({
  dims: [Math.ceil(dims[0] / block[0]), Math.ceil(dims[1] / block[1]), Math.ceil(dims[2] / block[2])],
  spacing: [spacing[0] * block[0], spacing[1] * block[1], spacing[2] * block[2]],
});

/** The mean of each block of voxels. @param {Float32Array} values @param {Grid} grid @param {Triple} block */
export const blockMeans = (values, grid, block) => {
  let [means, current] = [values, grid];
  for (const axis of /** @type {const} */ ([0, 1, 2])) {
    if (block[axis] > 1) [means, current] = shrinkAlong(means, current, axis, block[axis]);
  }
  return means;
};

/** @param {Grid} grid @param {0 | 1 | 2} axis @param {number} places @returns {Grid} */
const withPlaces = (grid, axis, places) => {
  /** @type {Triple} */
  const dims = [...grid.dims];
  dims[axis] = places;
  return { dims, spacing: grid.spacing };
};

/** @param {Float32Array} values @param {Grid} grid @param {0 | 1 | 2} axis @param {number} block @returns {[Float32Array, Grid]} */
const shrinkAlong = (values, grid, axis, block) => {
  const places = grid.dims[axis];
  const shrunk = withPlaces(grid, axis, Math.ceil(places / block));
  const result = new Float32Array(sizeOf(shrunk));
  let to = 0;
  eachSpan(grid, axis, (start, _span, stride) => {
    for (let first = 0; first < places; first += block, to += stride) {
      const share = 1 / (Math.min(places, first + block) - first);
      for (let place = first; place < Math.min(places, first + block); place += 1) {
        for (let i = 0; i < stride; i += 1) result[to + i] += values[start + place * stride + i] * share;
      }
    }
  });
  return [result, shrunk];
};

/** Values of a coarser grid at the voxels of the finer one, linear in between. @param {Float32Array} values @param {Grid} coarse @param {Triple} block @param {Grid} fine */
export const interpolate = (values, coarse, block, fine) => {
  let [result, current] = [values, coarse];
  for (const axis of /** @type {const} */ ([0, 1, 2])) {
    if (block[axis] > 1) [result, current] = stretchAlong(result, current, axis, block[axis], fine.dims[axis]);
  }
  return result;
};

/** @param {Float32Array} values @param {Grid} grid @param {0 | 1 | 2} axis @param {number} block @param {number} places @returns {[Float32Array, Grid]} */
const stretchAlong = (values, grid, axis, block, places) => {
  const last = grid.dims[axis] - 1;
  const stretched = withPlaces(grid, axis, places);
  const result = new Float32Array(sizeOf(stretched));
  let to = 0;
  eachSpan(grid, axis, (start, _span, stride) => {
    for (let place = 0; place < places; place += 1, to += stride) {
      const at = Math.max(0, Math.min(last, (place + 0.5) / block - 0.5));
      const below = Math.floor(at);
      const low = start + below * stride;
      const high = start + Math.min(last, below + 1) * stride;
      for (let i = 0; i < stride; i += 1)
        result[to + i] = values[low + i] + (values[high + i] - values[low + i]) * (at - below);
    }
  });
  return [result, stretched];
};
