import type { RawHeader } from "./raw-header.ts";

type Matrix = readonly (readonly number[])[];

/** Positive and negative end of the world's axes: right, anterior, superior. */
const ends = [
  ["R", "L"],
  ["A", "P"],
  ["S", "I"],
] as const;

/**
 * Where the first three axes of the voxels point to, as `RAS` or `LPI`: by the sform, else by the qform; null without
 * either. An oblique axis counts for the world's axis that it is closest to, the clearest first.
 */
export const orientationOf = (raw: RawHeader): string | null => {
  const matrix = raw.sform.code > 0 ? raw.sform.rows : raw.qform.code > 0 ? rotationOf(raw) : null;
  if (matrix === null || !matrix.flat().every(Number.isFinite)) return null;
  const letters: (string | undefined)[] = [];
  const free = { voxel: new Set([0, 1, 2]), world: new Set([0, 1, 2]) };
  while (free.voxel.size > 0) {
    const best = strongest(matrix, free.voxel, free.world);
    if (best === null) return null;
    letters[best.voxel] = ends[best.world]?.[best.value > 0 ? 0 : 1];
    free.voxel.delete(best.voxel);
    free.world.delete(best.world);
  }
  return letters.join("");
};

type Direction = { readonly voxel: number; readonly world: number; readonly value: number };

const strongest = (matrix: Matrix, voxels: ReadonlySet<number>, worlds: ReadonlySet<number>): Direction | null => {
  let best: Direction = { voxel: 0, world: 0, value: 0 };
  let share = 0;
  for (const voxel of voxels) {
    const length = Math.hypot(...[0, 1, 2].map((row) => matrix[row]?.[voxel] ?? 0));
    for (const world of worlds) {
      const value = matrix[world]?.[voxel] ?? 0;
      if (length > 0 && Math.abs(value) / length > share) {
        best = { voxel, world, value };
        share = Math.abs(value) / length;
      }
    }
  }
  return share > 0 ? best : null;
};

/** The rotation of a unit quaternion of which b, c and d are kept. @see nifti1.h, "METHOD 2" */
const rotationOf = ({ qform: { b, c, d }, handedness }: RawHeader): Matrix => {
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const sign = handedness < 0 ? -1 : 1;
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), sign * 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, sign * 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), sign * (a * a + d * d - b * b - c * c)],
  ];
};
