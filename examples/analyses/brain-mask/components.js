import { sizeOf, stridesOf } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */

/**
 * The pieces of a mask, numbered from 1; 0 stands where there is none. Voxels hang together face to face.
 * @typedef {{ labels: Int32Array, pieces: number }} Labelled
 */

/** Numbers the pieces of what has `value`. @param {Uint8Array} mask @param {0 | 1} value @param {Grid} grid @returns {Labelled} */
const label = (mask, value, grid) => {
  const labels = new Int32Array(mask.length);
  for (let i = 0; i < mask.length; i += 1) labels[i] = mask[i] === value ? -1 : 0;
  const stack = new Int32Array(sizeOf(grid));
  let pieces = 0;
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === -1) spread(labels, grid, i, ++pieces, stack);
  return { labels, pieces };
};

/**
 * Walks from one voxel over all that hang together with it and writes `piece` on each.
 * @param {Int32Array} labels -1 where nobody was yet.
 * @param {Grid} grid
 * @param {number} start
 * @param {number} piece
 * @param {Int32Array} stack Room for every voxel.
 */
const spread = (labels, grid, start, piece, stack) => {
  const [nx, ny, nz] = grid.dims;
  const [, sy, sz] = stridesOf(grid);
  let depth = 0;
  /** @param {number} at */
  const enter = (at) => {
    if (labels[at] !== -1) return;
    labels[at] = piece;
    stack[depth++] = at;
  };
  enter(start);
  while (depth > 0) {
    const at = stack[--depth];
    const x = at % nx;
    const y = ((at - x) / sy) % ny;
    const z = (at - x - y * sy) / sz;
    if (x > 0) enter(at - 1);
    if (x < nx - 1) enter(at + 1);
    if (y > 0) enter(at - sy);
    if (y < ny - 1) enter(at + sy);
    if (z > 0) enter(at - sz);
    if (z < nz - 1) enter(at + sz);
  }
};

/**
 * The one piece of a mask that holds the most of another mask; nothing, if none holds any of it.
 * @param {Uint8Array} mask
 * @param {Grid} grid
 * @param {Uint8Array} other
 */
export const pieceWithMostOf = (mask, grid, other) => {
  const { labels, pieces } = label(mask, 1, grid);
  const shared = new Float64Array(pieces + 1);
  for (let i = 0; i < labels.length; i += 1) if (labels[i] > 0) shared[labels[i]] += other[i];
  const best = shared.indexOf(Math.max(...shared));
  const piece = new Uint8Array(mask.length);
  if (shared[best] > 0) for (let i = 0; i < mask.length; i += 1) piece[i] = labels[i] === best ? 1 : 0;
  return piece;
};

/**
 * The mask with every hollow that does not reach the surface of the box.
 * @param {Uint8Array} mask
 * @param {Grid} grid
 * @param {number} [largest] Hollows of more voxels stay.
 */
export const fillHollows = (mask, grid, largest = Number.POSITIVE_INFINITY) => {
  const { labels, pieces } = label(mask, 0, grid);
  const sizes = new Float64Array(pieces + 1);
  for (let i = 0; i < labels.length; i += 1) sizes[labels[i]] += 1;
  for (const at of surface(grid)) sizes[labels[at]] = Number.NaN;
  const filled = mask.slice();
  for (let i = 0; i < mask.length; i += 1) if (labels[i] > 0 && sizes[labels[i]] <= largest) filled[i] = 1;
  return filled;
};

/** The voxels of the six faces of the box. @param {Grid} grid */
function* surface({ dims: [nx, ny, nz] }) {
  for (let z = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      const whole = z === 0 || z === nz - 1 || y === 0 || y === ny - 1;
      for (let x = 0; x < nx; x += whole ? 1 : nx - 1) yield x + nx * (y + ny * z);
    }
  }
}
