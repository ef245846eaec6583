/**
 * Volumes in millilitres; the brain's is the sum of the three, everything within the mask.
 * @typedef {{ brainVolume: number, csf: number, gm: number, wm: number, unit: "mL" }} Volumes
 */

/** @param {import("./segment.js").Segmentation} segmentation @param {[number, number, number]} spacing Of the voxels, in mm. @returns {Volumes} */
export const volumesOf = ({ voxels: { csf, gm, wm } }, [x, y, z]) => {
  const millilitres = (/** @type {number} */ voxels) => Math.round(((voxels * x * y * z) / 1000) * 100) / 100;
  return {
    brainVolume: millilitres(csf + gm + wm),
    csf: millilitres(csf),
    gm: millilitres(gm),
    wm: millilitres(wm),
    unit: "mL",
  };
};
