/**
 * A box of voxels, the first axis fastest.
 * @typedef {{ dims: [number, number, number], spacing: [number, number, number] }} Grid
 */

/** How many voxels it has. @param {Grid} grid */
export const sizeOf = ({ dims: [x, y, z] }) => x * y * z;

/** Steps between neighbours along each axis. @param {Grid} grid @returns {[number, number, number]} */
export const stridesOf = ({ dims: [x, y] }) => [1, x, x * y];

/** Volume of one voxel in millilitres. @param {Grid} grid */
export const voxelVolume = ({ spacing: [x, y, z] }) => (x * y * z) / 1000;

/**
 * Visits every stretch of memory in which a step along an axis is one and the same shift: `visit(start, span, stride)`.
 * A neighbour `n` steps on stands `n · stride` further on, as long as that is within the span.
 * @param {Grid} grid
 * @param {0 | 1 | 2} axis
 * @param {(start: number, span: number, stride: number) => void} visit
 */
export const eachSpan = (grid, axis, visit) => {
  const stride = stridesOf(grid)[axis];
  const span = stride * grid.dims[axis];
  for (let start = 0; start < sizeOf(grid); start += span) visit(start, span, stride);
};

/** The grid with a margin of so many voxels on every side. @param {Grid} grid @param {number[]} margin @returns {Grid} */
const widened = (grid, margin) => ({
  spacing: grid.spacing,
  dims: [grid.dims[0] + 2 * margin[0], grid.dims[1] + 2 * margin[1], grid.dims[2] + 2 * margin[2]],
});

/** Copies the rows of a box into, or out of, its widened box. @param {Uint8Array} small @param {Uint8Array} large @param {Grid} grid @param {Grid} wide @param {number[]} margin @param {boolean} inward */
const copyRows = (small, large, grid, wide, margin, inward) => {
  const [nx, ny, nz] = grid.dims;
  for (let z = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      const at = nx * (y + ny * z);
      const wideAt = margin[0] + wide.dims[0] * (y + margin[1] + wide.dims[1] * (z + margin[2]));
      if (inward) small.set(large.subarray(wideAt, wideAt + nx), at);
      else large.set(small.subarray(at, at + nx), wideAt);
    }
  }
};

/**
 * Works on a mask with an empty margin of some millimetres around it, and takes the margin off again.
 * @param {Uint8Array} mask
 * @param {Grid} grid
 * @param {number} millimetres
 * @param {(mask: Uint8Array, grid: Grid) => Uint8Array} work
 */
export const withMargin = (mask, grid, millimetres, work) => {
  const margin = grid.spacing.map((spacing) => Math.ceil(millimetres / spacing) + 1);
  const wide = widened(grid, margin);
  const padded = new Uint8Array(sizeOf(wide));
  copyRows(mask, padded, grid, wide, margin, false);
  const worked = work(padded, wide);
  const result = new Uint8Array(mask.length);
  copyRows(result, worked, grid, wide, margin, true);
  return result;
};
