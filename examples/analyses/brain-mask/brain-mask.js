import { findBrain } from "./brain.js";
import { squaredDistance } from "./distance.js";
import { blockMeans, blockOf, coarserGrid, interpolate } from "./resample.js";

/** The brain is looked for on voxels of about that width, in mm: finer ones cost time and tell no more. */
const WORKING = 2.5;
/** How far from its surface the coarse mask still says where the fine one ends, in mm. */
const REACH = 6;

/**
 * The brain mask of an image, voxel by voxel.
 * @param {import("./nifti-image.js").Image} image
 * @param {import("./brain.js").Settings} settings
 * @returns {Uint8Array} 1 where the brain is, in the order of the image's voxels.
 */
export const brainMask = ({ header, values }, settings) => {
  const fine = { dims: header.dims, spacing: header.spacing };
  const block = blockOf(fine, WORKING);
  if (block.every((voxels) => voxels === 1)) return findBrain(values, fine, header.directions, settings);
  const coarse = coarserGrid(fine, block);
  const mask = findBrain(blockMeans(values, fine, block), coarse, header.directions, settings);
  return positive(interpolate(depth(mask, coarse), coarse, block, fine));
};

/** How deep every voxel lies below the surface of the mask, in mm; outside it is negative. @param {Uint8Array} mask @param {import("./grid.js").Grid} grid */
const depth = (mask, grid) => {
  const toOutside = squaredDistance(mask, 0, grid, REACH);
  const toInside = squaredDistance(mask, 1, grid, REACH);
  for (let i = 0; i < mask.length; i += 1) {
    const square = Math.min(REACH * REACH, mask[i] === 1 ? toOutside[i] : toInside[i]);
    toOutside[i] = mask[i] === 1 ? Math.sqrt(square) : -Math.sqrt(square);
  }
  return toOutside;
};

/** @param {Float32Array} values */
const positive = (values) => {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i += 1) mask[i] = values[i] > 0 ? 1 : 0;
  return mask;
};
