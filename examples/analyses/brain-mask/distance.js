import { eachSpan } from "./grid.js";

/** Larger than any squared distance within a head. */
const FAR = 1e9;

/**
 * Squared distance in mm² from every voxel to the nearest one that has `value`, exact up to `limit` mm and larger beyond.
 * Nothing lies outside the box. Separable: the squares of the axes add up.
 * @param {Uint8Array} mask
 * @param {0 | 1} value
 * @param {import("./grid.js").Grid} grid
 * @param {number} limit
 * @returns {Float32Array}
 */
export const squaredDistance = (mask, value, grid, limit) => {
  let distance = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) distance[i] = mask[i] === value ? 0 : FAR;
  for (const axis of /** @type {const} */ ([0, 1, 2])) distance = nearestAlong(distance, grid, axis, limit);
  return distance;
};

/**
 * The least of `distance + (steps · spacing)²` over the neighbours along one axis.
 * @param {Float32Array} distance
 * @param {import("./grid.js").Grid} grid
 * @param {0 | 1 | 2} axis
 * @param {number} limit
 */
const nearestAlong = (distance, grid, axis, limit) => {
  const spacing = grid.spacing[axis];
  const reach = Math.min(Math.ceil(limit / spacing), grid.dims[axis] - 1);
  const nearest = distance.slice();
  eachSpan(grid, axis, (start, span, stride) => {
    for (let steps = 1; steps <= reach; steps += 1) {
      takeLess(nearest, distance, start, start + steps * stride, span - steps * stride, (steps * spacing) ** 2);
    }
  });
  return nearest;
};

/** Compares two stretches voxel by voxel, each with the other: what is near to one may be nearer to the other. @param {Float32Array} nearest @param {Float32Array} distance @param {number} a @param {number} b @param {number} length @param {number} cost */
const takeLess = (nearest, distance, a, b, length, cost) => {
  for (let i = 0; i < length; i += 1) {
    const fromB = distance[b + i] + cost;
    if (fromB < nearest[a + i]) nearest[a + i] = fromB;
    const fromA = distance[a + i] + cost;
    if (fromA < nearest[b + i]) nearest[b + i] = fromA;
  }
};
