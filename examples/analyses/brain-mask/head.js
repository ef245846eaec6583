import { BadInput } from "./bad-input.js";
import { sizeOf, stridesOf, voxelVolume } from "./grid.js";
import { otsu, quantile, sample } from "./intensity.js";

/** @typedef {import("./grid.js").Grid} Grid */

/**
 * What parts the head from the air, and where its brain must be.
 * @typedef {{ air: number, edge: number, centre: [number, number, number] }} Head
 */

/** A brain reaches no further below the top of its head, in mm: what is lower is face and neck. */
const BRAIN_DEPTH = 150;
/** A slice shows the head where that much of it is brighter than air, in mm². */
const SMALLEST_SLICE = 1500;
/** No head is smaller, in mL. */
const SMALLEST_HEAD = 300;

/**
 * Finds the head.
 * @param {Float32Array} values Smoothed intensities.
 * @param {Grid} grid
 * @param {number[][]} directions As in the header.
 * @returns {Head}
 */
export const findHead = (values, grid, directions) => {
  const some = sample(values, 200_000);
  const edge = otsu(some);
  const air = quantile(
    some.filter((value) => value <= edge),
    0.5,
  );
  const up = upwardAxis(directions);
  const inHead = headVoxels(values, grid, edge, up);
  if (inHead.count * voxelVolume(grid) < SMALLEST_HEAD)
    throw new BadInput("The image shows no head: too little of it is brighter than its background.");
  return { air, edge, centre: inHead.centre };
};

/** The axis along which voxels go upwards (sign 1) or downwards (sign -1). @param {number[][]} directions @returns {{ axis: 0 | 1 | 2, sign: number }} */
const upwardAxis = (directions) => {
  const superior = directions[2];
  const axis = /** @type {0 | 1 | 2} */ (
    [0, 1, 2].reduce((best, next) => (Math.abs(superior[next]) > Math.abs(superior[best]) ? next : best))
  );
  return { axis, sign: Math.sign(superior[axis]) };
};

/** How many voxels from the top of the head down to the depth of a brain are bright, and their middle. @param {Float32Array} values @param {Grid} grid @param {number} edge @param {{ axis: 0 | 1 | 2, sign: number }} up */
const headVoxels = (values, grid, edge, up) => {
  const [, sy, sz] = stridesOf(grid);
  const [nx, ny] = grid.dims;
  const within = depthTest(values, grid, edge, up);
  const sum = [0, 0, 0];
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] <= edge) continue;
    const place = [i % nx, Math.floor(i / sy) % ny, Math.floor(i / sz)];
    if (!within(place[up.axis])) continue;
    for (const axis of [0, 1, 2]) sum[axis] += place[axis];
    count += 1;
  }
  return { count, centre: /** @type {[number, number, number]} */ (sum.map((total) => total / Math.max(count, 1))) };
};

/** Whether a slice lies within the depth of a brain. @param {Float32Array} values @param {Grid} grid @param {number} edge @param {{ axis: 0 | 1 | 2, sign: number }} up */
const depthTest = (values, grid, edge, { axis, sign }) => {
  const slices = grid.dims[axis];
  const area = new Float64Array(slices);
  const stride = stridesOf(grid)[axis];
  for (let i = 0; i < sizeOf(grid); i += 1) if (values[i] > edge) area[Math.floor(i / stride) % slices] += 1;
  const face = (grid.spacing[0] * grid.spacing[1] * grid.spacing[2]) / grid.spacing[axis];
  const downwards = Array.from({ length: slices }, (_, k) => (sign > 0 ? slices - 1 - k : k));
  const top = downwards.find((slice) => area[slice] * face > SMALLEST_SLICE) ?? downwards[0];
  return (/** @type {number} */ slice) =>
    (top - slice) * sign * grid.spacing[axis] <= BRAIN_DEPTH && (top - slice) * sign >= 0;
};

/** A ball around the middle of the head. @param {Head} head @param {Grid} grid @param {number} radius In mm. */
export const middleOf = ({ centre }, { dims: [nx, ny, nz], spacing }, radius) => {
  const ball = new Uint8Array(nx * ny * nz);
  let i = 0;
  for (let z = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      const square = ((y - centre[1]) * spacing[1]) ** 2 + ((z - centre[2]) * spacing[2]) ** 2;
      for (let x = 0; x < nx; x += 1, i += 1)
        ball[i] = square + ((x - centre[0]) * spacing[0]) ** 2 < radius * radius ? 1 : 0;
    }
  }
  return ball;
};
