/** A series of volumes as the viewer holds it: its voxels in the order of the file, and how one finds them by their place in RAS. */
export type Series = {
  readonly voxels: ArrayLike<number>;
  /** Voxels of one volume. */
  readonly volumeVoxels: number;
  readonly volumes: number;
  /** Offset of the first voxel, and from one voxel to the next, along each axis of RAS. */
  readonly start: readonly number[];
  readonly step: readonly number[];
  /** NIfTI `scl_slope` and `scl_inter`; a slope of 0 means that values are as they stand (NIfTI-1, "data scaling"). */
  readonly slope: number;
  readonly intercept: number;
};

/** The values of one voxel over time; none where the place lies outside the image. */
export const timeCourseAt = (
  { voxels, volumeVoxels, volumes, start, step, slope, intercept }: Series,
  place: readonly number[],
): number[] => {
  const at = [0, 1, 2].reduce(
    (sum, axis) => sum + (start[axis] ?? 0) + Math.round(place[axis] ?? Number.NaN) * (step[axis] ?? 0),
    0,
  );
  if (!(at >= 0 && at < volumeVoxels)) return [];
  const scale = slope === 0 ? 1 : slope;
  return Array.from({ length: volumes }, (_, volume) => (voxels[at + volume * volumeVoxels] ?? 0) * scale + intercept);
};
