import { sizeOf, stridesOf } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */

/**
 * Walks from one voxel over all that hang together with it face to face, and writes `label` on each.
 * @param {Int32Array} labels 0 where one may still go, anything else where not.
 * @param {Grid} grid
 * @param {number} start
 * @param {number} label
 * @param {Int32Array} stack Room for every voxel.
 */
const spread = (labels, grid, start, label, stack) => {
  const [nx, ny, nz] = grid.dims;
  const [, sy, sz] = stridesOf(grid);
  let depth = 0;
  labels[start] = label;
  stack[depth++] = start;
  while (depth > 0) {
    const at = stack[--depth];
    const x = at % nx;
    const y = ((at - x) / sy) % ny;
    const z = (at - x - y * sy) / sz;
    if (x > 0 && labels[at - 1] === 0) { labels[at - 1] = label; stack[depth++] = at - 1; }
    if (x < nx - 1 && labels[at + 1] === 0) { labels[at + 1] = label; stack[depth++] = at + 1; }
    if (y > 0 && labels[at - sy] === 0) { labels[at - sy] = label; stack[depth++] = at - sy; }
    if (y < ny - 1 && labels[at + sy] === 0) { labels[at + sy] = label; stack[depth++] = at + sy; }
    if (z > 0 && labels[at - sz] === 0) { labels[at - sz] = label; stack[depth++] = at - sz; }
    if (z < nz - 1 && labels[at + sz] === 0) { labels[at + sz] = label; stack[depth++] = at + sz; }
  }
};

/** Where one may not go is -1. @param {Uint8Array} mask @param {0 | 1} open */
const unlabelled = (mask, open) => {
  const labels = new Int32Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) labels[i] = mask[i] === open ? 0 : -1;
  return labels;
};

/**
 * The one piece of a mask that has the most weight.
 * @param {Uint8Array} mask
 * @param {Grid} grid
 * @param {Uint8Array} weight What counts: a voxel where this is 0 counts nothing.
 */
export const heaviestPiece = (mask, grid, weight) => {
  const labels = unlabelled(mask, 1);
  const stack = new Int32Array(sizeOf(grid));
  let pieces = 0;
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === 0) spread(labels, grid, i, ++pieces, stack);
  const weights = new Float64Array(pieces + 1);
  for (let i = 0; i < labels.length; i += 1) if (labels[i] > 0) weights[labels[i]] += weight[i];
  const heaviest = weights.indexOf(Math.max(...weights.subarray(1)), 1);
  const piece = new Uint8Array(mask.length);
  if (pieces > 0) for (let i = 0; i < mask.length; i += 1) piece[i] = labels[i] === heaviest ? 1 : 0;
  return piece;
};

/** The mask with every hollow that does not reach the surface of the box. @param {Uint8Array} mask @param {Grid} grid */
export const fillHoles = (mask, grid) => {
  const labels = unlabelled(mask, 0);
  const stack = new Int32Array(sizeOf(grid));
  const [nx, ny, nz] = grid.dims;
  for (let i = 0; i < labels.length; i += 1) {
    if (labels[i] !== 0) continue;
    const x = i % nx;
    const y = Math.floor(i / nx) % ny;
    const z = Math.floor(i / (nx * ny));
    const onSurface = x === 0 || y === 0 || z === 0 || x === nx - 1 || y === ny - 1 || z === nz - 1;
    if (onSurface) spread(labels, grid, i, 1, stack);
  }
  const filled = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) filled[i] = labels[i] === 1 ? 0 : 1;
  return filled;
};
