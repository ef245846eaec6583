import { TISSUES } from "./clusters.js";

/**
 * Volumes in millilitres; the brain's is everything within the mask.
 * @typedef {{ brainVolume: number, csf: number, gm: number, wm: number, unit: "mL" }} Volumes
 */

/** @param {Uint8Array} tissues The tissue of each voxel. @param {[number, number, number]} spacing Of the voxels, in mm. @returns {Volumes} */
export const volumesOf = (tissues, [x, y, z]) => {
  const counts = TISSUES.map(() => 0);
  for (let i = 0; i < tissues.length; i += 1) counts[tissues[i]] += 1;
  const millilitres = (/** @type {number} */ voxels) => Math.round(((voxels * x * y * z) / 1000) * 100) / 100;
  const [csf, gm, wm] = counts.map(millilitres);
  return { brainVolume: millilitres(tissues.length), csf, gm, wm, unit: "mL" };
};
