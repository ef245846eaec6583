import { FRONT, RIGHT, TOP, waysOf } from "./orientation.js";

/** @typedef {import("./orientation.js").Way} Way */

/**
 * A flat picture out of a volume: `voxelAt(x, y)` is the index of the voxel shown there, or -1 outside.
 * @typedef {{ width: number, height: number, voxelAt: (x: number, y: number) => number }} View
 */

/** Pixels for a millimetre. */
const SCALE = 2;
/** How far the sagittal slice stands to the right of the middle, as a share of the brain's width. */
const BESIDE = 0.15;
/** What is shown around the brain, in mm. */
const MARGIN = 14;

/**
 * Three slices through the brain: an axial and a coronal one through its middle, and a sagittal one through the right half,
 * since the middle itself is mostly fluid. Left is left; the front is up in the first, and to the right in the last.
 * @param {import("./nifti-header.js").Header} header
 * @param {Int32Array} brain Indices of the brain's voxels.
 * @returns {[View, View, View]} Axial, coronal, sagittal.
 */
export const threeViews = (header, brain) => {
  const ways = waysOf(header.directions);
  const extent = extentOf(brain, header.dims);
  const right = extent[ways[RIGHT].axis];
  right.shown += ways[RIGHT].sign * BESIDE * (right.last - right.first);
  const view = (/** @type {number} */ across, /** @type {number} */ up) =>
    viewOf(header, extent, ways[across], ways[up]);
  return [view(RIGHT, FRONT), view(RIGHT, TOP), view(FRONT, TOP)];
};

/** First and last place of the brain along each axis, and the one that is shown: the middle. @param {Int32Array} brain @param {[number, number, number]} dims */
const extentOf = (brain, [nx, ny]) => {
  const extent = [0, 1, 2].map(() => ({ first: Number.POSITIVE_INFINITY, last: 0, shown: 0 }));
  for (let i = 0; i < brain.length; i += 1) {
    const place = [brain[i] % nx, Math.floor(brain[i] / nx) % ny, Math.floor(brain[i] / (nx * ny))];
    for (const [axis, range] of extent.entries()) {
      range.first = Math.min(range.first, place[axis]);
      range.last = Math.max(range.last, place[axis]);
      range.shown += place[axis] / brain.length;
    }
  }
  return extent;
};

/** @param {import("./nifti-header.js").Header} header @param {ReturnType<typeof extentOf>} extent @param {Way} across @param {Way} up @returns {View} */
const viewOf = ({ dims, spacing }, extent, across, up) => {
  const strides = [1, dims[0], dims[0] * dims[1]];
  const through = 3 - across.axis - up.axis;
  const base = Math.round(extent[through].shown) * strides[through];
  const columns = line(extent[across.axis], spacing[across.axis], across.sign, dims[across.axis]);
  const rows = line(extent[up.axis], spacing[up.axis], up.sign === 1 ? -1 : 1, dims[up.axis]);
  const voxelAt = (/** @type {number} */ x, /** @type {number} */ y) =>
    columns[x] < 0 || rows[y] < 0 ? -1 : base + columns[x] * strides[across.axis] + rows[y] * strides[up.axis];
  return { width: columns.length, height: rows.length, voxelAt };
};

/** The place along an axis for every pixel of a line, -1 outside the image. @param {{ first: number, last: number }} range @param {number} spacing @param {1 | -1} sign @param {number} places */
const line = ({ first, last }, spacing, sign, places) => {
  const pixels = Math.round(((last - first + 1) * spacing + 2 * MARGIN) * SCALE);
  const all = Array.from({ length: pixels }, (_, pixel) =>
    Math.floor(first + ((pixel + 0.5) / SCALE - MARGIN) / spacing),
  );
  const inside = all.map((place) => (place >= 0 && place < places ? place : -1));
  return sign === 1 ? inside : inside.reverse();
};
