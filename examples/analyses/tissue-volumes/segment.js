import { corrected, evenField, refined } from "./bias.js";
import { someOf } from "./brain-voxels.js";
import { binOf } from "./histogram.js";
import { modelOf, TISSUES } from "./mixture.js";

/** How often the field and the tissues are found from each other. */
const ROUNDS = 4;
/** So many voxels tell a smooth field. */
const ENOUGH = 25_000;

/**
 * What the brain consists of: how many voxels each tissue fills, and the likeliest tissue of each voxel (index in TISSUES).
 * @typedef {{ voxels: Record<"csf" | "gm" | "wm", number>, labels: Uint8Array }} Segmentation
 */

/** @param {import("./brain-voxels.js").BrainVoxels} voxels @param {number} biasOrder @returns {Segmentation} */
export const segment = (voxels, biasOrder) => {
  const some = someOf(voxels, ENOUGH);
  let field = evenField(biasOrder);
  for (let round = 0; round < ROUNDS && biasOrder > 0; round += 1) {
    field = refined(some, field, modelOf(corrected(some, field)));
  }
  const values = corrected(voxels, field);
  return classify(values, modelOf(values));
};

/** Each voxel counts for every tissue as much as it is likely to be of it. @param {Float32Array} values @param {import("./mixture.js").Model} model @returns {Segmentation} */
const classify = (values, { histogram, members }) => {
  const sums = TISSUES.map(() => 0);
  const labels = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const bin = binOf(histogram, values[i]);
    for (let k = 0; k < sums.length; k += 1) {
      sums[k] += members[k][bin];
      if (members[k][bin] > members[labels[i]][bin]) labels[i] = k;
    }
  }
  return { voxels: { csf: sums[0], gm: sums[1], wm: sums[2] }, labels };
};
