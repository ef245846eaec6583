import { BadInput } from "./bad-input.js";
import { voxelVolume } from "./grid.js";
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
  const some = sample(values, 50_000);
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

/**
 * How many voxels from the top of the head down to the depth of a brain are bright, and their middle.
 * @param {Float32Array} values
 * @param {Grid} grid
 * @param {number} edge
 * @param {{ axis: 0 | 1 | 2, sign: number }} up
 */
const headVoxels = (values, grid, edge, up) => {
  const within = depthTest(brightPlaces(values, grid, edge, () => true)[up.axis], grid, up);
  const places = brightPlaces(values, grid, edge, (x, y, z) => within(up.axis === 0 ? x : up.axis === 1 ? y : z));
  const count = places[0].reduce((sum, n) => sum + n, 0);
  const middles = places.map((counts) => counts.reduce((sum, n, place) => sum + n * place, 0) / Math.max(count, 1));
  return { count, centre: /** @type {[number, number, number]} */ (middles) };
};

/**
 * How many bright voxels there are at each place of each axis.
 * @param {Float32Array} values
 * @param {Grid} grid
 * @param {number} edge
 * @param {(x: number, y: number, z: number) => boolean} counts Which voxels count.
 */
const brightPlaces = (values, { dims: [nx, ny, nz] }, edge, counts) => {
  const places = [new Float64Array(nx), new Float64Array(ny), new Float64Array(nz)];
  let i = 0;
  for (let z = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      for (let x = 0; x < nx; x += 1, i += 1) {
        if (!(values[i] > edge) || !counts(x, y, z)) continue;
        places[0][x] += 1;
        places[1][y] += 1;
        places[2][z] += 1;
      }
    }
  }
  return places;
};

/** Whether a slice lies within the depth of a brain. @param {Float64Array} bright Bright voxels of each slice. @param {Grid} grid @param {{ axis: 0 | 1 | 2, sign: number }} up */
const depthTest = (bright, { dims, spacing }, { axis, sign }) => {
  const face = (spacing[0] * spacing[1] * spacing[2]) / spacing[axis];
  const downwards = Array.from({ length: dims[axis] }, (_, k) => (sign > 0 ? dims[axis] - 1 - k : k));
  const top = downwards.find((slice) => bright[slice] * face > SMALLEST_SLICE) ?? downwards[0];
  return (/** @type {number} */ slice) => {
    const below = (top - slice) * sign;
    return below >= 0 && below * spacing[axis] <= BRAIN_DEPTH;
  };
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
