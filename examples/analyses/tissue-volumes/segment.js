import { corrected, evenField, refined } from "./bias.js";
import { someOf } from "./brain-voxels.js";
import { meansOf, tissueOf } from "./clusters.js";

/** How often the field and the tissues are found from each other. */
const ROUNDS = 8;
/** So many voxels tell a smooth field. */
const ENOUGH = 25_000;

/**
 * The tissue of each voxel of the brain, as an index in TISSUES.
 * @param {import("./brain-voxels.js").BrainVoxels} voxels
 * @param {number} biasOrder
 * @returns {Uint8Array}
 */
export const segment = (voxels, biasOrder) => {
  const some = someOf(voxels, ENOUGH);
  let field = evenField(biasOrder);
  for (let round = 0; round < ROUNDS && biasOrder > 0; round += 1) {
    field = refined(some, field, meansOf(corrected(some, field)));
  }
  const values = corrected(voxels, field);
  const means = meansOf(values);
  const tissues = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) tissues[i] = tissueOf(means, values[i]);
  return tissues;
};
