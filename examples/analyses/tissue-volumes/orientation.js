/**
 * Along which voxel axis one moves towards the right, the front and the top of the person, and whether the voxels count
 * that way (1) or the other (-1).
 * @typedef {{ axis: 0 | 1 | 2, sign: 1 | -1 }} Way
 */

/** The order of the rows of `directions`. */
export const RIGHT = 0;
export const FRONT = 1;
export const TOP = 2;

/**
 * The voxel axis nearest to each direction; every axis is used once.
 * @param {number[][]} directions As in the header.
 * @returns {[Way, Way, Way]} To the right, the front and the top.
 */
export const waysOf = (directions) => {
  const pairs = [0, 1, 2].flatMap((world) =>
    [0, 1, 2].map((axis) => ({ world, axis, along: cosine(directions, world, axis) })),
  );
  pairs.sort((a, b) => Math.abs(b.along) - Math.abs(a.along));
  /** @type {(Way | undefined)[]} */
  const ways = [undefined, undefined, undefined];
  for (const { world, axis, along } of pairs) {
    const taken = ways[world] !== undefined || ways.some((way) => way?.axis === axis);
    if (!taken) ways[world] = { axis: /** @type {0 | 1 | 2} */ (axis), sign: along < 0 ? -1 : 1 };
  }
  return /** @type {[Way, Way, Way]} */ (ways);
};

/** How far a step along a voxel axis leads in a direction, for a step of length one. @param {number[][]} directions @param {number} world @param {number} axis */
const cosine = (directions, world, axis) => directions[world][axis] / Math.hypot(...directions.map((row) => row[axis]));
