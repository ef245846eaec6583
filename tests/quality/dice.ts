import type { Mask } from "./nifti.ts";

/** How much two masks have in common: 1 for the same, 0 for nothing (L. Dice, 1945). @throws Error for masks of other sizes */
export const dice = (one: Mask, other: Mask): number => {
  if (one.dims.join() !== other.dims.join()) throw new Error(`masks of ${one.dims} and ${other.dims} voxels`);
  const common = one.voxels.reduce((sum, voxel, index) => sum + voxel * (other.voxels[index] ?? 0), 0);
  return (2 * common) / (count(one) + count(other));
};

/** Volume in millilitres. */
export const volume = (mask: Mask): number =>
  (count(mask) * mask.spacing[0] * mask.spacing[1] * mask.spacing[2]) / 1000;

/** How far a volume is off, relative to the true one; negative when it is too small. */
export const relativeError = (found: number, truth: number): number => found / truth - 1;

const count = ({ voxels }: Mask): number => voxels.reduce((sum, voxel) => sum + voxel, 0);
