import { BadInput } from "./bad-input.js";
import { histogramOf, middleOf, quantile } from "./histogram.js";

/** Cerebrospinal fluid, grey matter and white matter: on a T1-weighted image from dark to bright. */
export const TISSUES = /** @type {const} */ (["csf", "gm", "wm"]);

/** Where the search begins: about these shares of a brain are darker than the middle of each tissue. */
const FIRST_SHARES = [0.06, 0.42, 0.85];
const MOST_STEPS = 100;

/**
 * The mean intensity of each tissue, in the order of TISSUES.
 * @typedef {[number, number, number]} Means
 */

/**
 * The three means to which all intensities are nearest (k-means; S. Lloyd, 1982). A voxel on the border of two tissues has
 * an intensity in between and goes to the one that fills more of it.
 * @param {Float32Array} values
 * @returns {Means}
 */
export const meansOf = (values) => {
  const histogram = histogramOf(values);
  let means = asMeans(FIRST_SHARES.map((share) => quantile(histogram, share)));
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = nextMeans(histogram, means);
    if (next.every((mean, tissue) => mean === means[tissue])) break;
    means = next;
  }
  return means;
};

/** The mean of what is nearest to each mean. @param {import("./histogram.js").Histogram} histogram @param {Means} means @returns {Means} */
const nextMeans = (histogram, means) => {
  const [counts, sums] = [TISSUES.map(() => 0), TISSUES.map(() => 0)];
  for (let bin = 0; bin < histogram.counts.length; bin += 1) {
    const value = middleOf(histogram, bin);
    const tissue = tissueOf(means, value);
    counts[tissue] += histogram.counts[bin];
    sums[tissue] += histogram.counts[bin] * value;
  }
  if (counts.includes(0)) throw new BadInput("The image shows fewer than three kinds of tissue within the mask.");
  return asMeans(sums.map((sum, tissue) => sum / counts[tissue]));
};

/** @param {number[]} values @returns {Means} */
const asMeans = ([csf, gm, wm]) => [csf, gm, wm];

/** The tissue whose mean is nearest, as an index in TISSUES. @param {Means} means @param {number} value @returns {0 | 1 | 2} */
export const tissueOf = ([csf, gm, wm], value) => (value < (csf + gm) / 2 ? 0 : value < (gm + wm) / 2 ? 1 : 2);
