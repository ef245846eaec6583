import { squaredDistance } from "./distance.js";
import { withMargin } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */

/** What is further than `radius` mm from everything outside; beyond the box the mask is taken to go on. @param {Uint8Array} mask @param {Grid} grid @param {number} radius */
export const erode = (mask, grid, radius) => {
  const distance = squaredDistance(mask, 0, grid, radius);
  const eroded = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) eroded[i] = distance[i] > radius * radius ? 1 : 0;
  return eroded;
};

/** What is within `radius` mm of the mask. @param {Uint8Array} mask @param {Grid} grid @param {number} radius */
export const dilate = (mask, grid, radius) => {
  const distance = squaredDistance(mask, 1, grid, radius);
  const dilated = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) dilated[i] = distance[i] <= radius * radius ? 1 : 0;
  return dilated;
};

/** Closes gaps narrower than twice `radius` mm. @param {Uint8Array} mask @param {Grid} grid @param {number} radius */
export const close = (mask, grid, radius) =>
  withMargin(mask, grid, radius, (padded, wide) => erode(dilate(padded, wide, radius), wide, radius));

/** What both hold. @param {Uint8Array} a @param {Uint8Array} b */
export const both = (a, b) => {
  const result = a.slice();
  for (let i = 0; i < result.length; i += 1) result[i] &= b[i];
  return result;
};

/** How many voxels it holds. @param {Uint8Array} mask */
export const count = (mask) => {
  let sum = 0;
  for (let i = 0; i < mask.length; i += 1) sum += mask[i];
  return sum;
};
