import { BadInput } from "./bad-input.js";

/**
 * The voxels of the brain, one after the other: where each stands in the image, its place within the brain's box
 * (from -1 to 1 along each axis) and its intensity.
 * @typedef {{ at: Int32Array, places: Float32Array, values: Float32Array }} BrainVoxels
 */

/** No brain has fewer voxels. */
const FEWEST = 1000;

/** @param {import("./nifti-image.js").Image} image @param {import("./nifti-image.js").Image} mask @returns {BrainVoxels} */
export const brainVoxels = (image, mask) => {
  const [nx, ny] = image.header.dims;
  if (image.header.dims.join() !== mask.header.dims.join()) {
    throw new BadInput(
      `The mask has ${mask.header.dims.join(" × ")} voxels, but the image ${image.header.dims.join(" × ")}.`,
    );
  }
  const at = indicesOf(mask.values);
  if (at.length < FEWEST) throw new BadInput(`The mask has only ${at.length} voxels, too few for a brain.`);
  const places = new Float32Array(at.length * 3);
  const values = new Float32Array(at.length);
  for (let i = 0; i < at.length; i += 1) {
    places[3 * i] = at[i] % nx;
    places[3 * i + 1] = Math.floor(at[i] / nx) % ny;
    places[3 * i + 2] = Math.floor(at[i] / (nx * ny));
    values[i] = image.values[at[i]];
  }
  for (const axis of [0, 1, 2]) stretchToUnit(places, axis);
  return { at, places, values };
};

/** @param {Float32Array} mask */
const indicesOf = (mask) => {
  let count = 0;
  for (let i = 0; i < mask.length; i += 1) if (mask[i] > 0.5) count += 1;
  const indices = new Int32Array(count);
  for (let i = 0, to = 0; i < mask.length; i += 1) if (mask[i] > 0.5) indices[to++] = i;
  return indices;
};

/** @param {Float32Array} places @param {number} axis */
const stretchToUnit = (places, axis) => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < places.length; i += 3) {
    low = Math.min(low, places[i]);
    high = Math.max(high, places[i]);
  }
  const half = Math.max((high - low) / 2, 1);
  for (let i = axis; i < places.length; i += 3) places[i] = (places[i] - low) / half - 1;
};

/** About so many of the voxels, spread evenly. @param {BrainVoxels} voxels @param {number} wanted @returns {BrainVoxels} */
export const someOf = ({ at, places, values }, wanted) => {
  const step = Math.max(1, Math.floor(values.length / wanted));
  const count = Math.ceil(values.length / step);
  const some = { at: new Int32Array(count), places: new Float32Array(3 * count), values: new Float32Array(count) };
  for (let to = 0, from = 0; to < count; to += 1, from += step) {
    some.at[to] = at[from];
    some.values[to] = values[from];
    for (let axis = 0; axis < 3; axis += 1) some.places[3 * to + axis] = places[3 * from + axis];
  }
  return some;
};
