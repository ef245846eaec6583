import { histogramOf, middleOf, quantile } from "./histogram.js";

/** @typedef {import("./histogram.js").Histogram} Histogram */

/**
 * One tissue's intensities, as a Gaussian with its share of all voxels.
 * @typedef {{ mean: number, variance: number, share: number }} Tissue
 */

/**
 * The tissues that explain some intensities, and how likely each is for each bin of their histogram.
 * @typedef {{ histogram: Histogram, tissues: Tissue[], members: Float64Array[] }} Model
 */

/** Cerebrospinal fluid, grey matter and white matter: on a T1-weighted image from dark to bright. */
export const TISSUES = /** @type {const} */ (["csf", "gm", "wm"]);

/** Where the search begins: about these shares of a brain are darker than the middle of each tissue. */
const FIRST_SHARES = [0.06, 0.42, 0.85];
const STEPS = 60;

/**
 * Three Gaussians that explain the intensities best, by expectation and maximisation (A. Dempster et al., 1977).
 * @param {Float32Array} values
 * @returns {Model} Tissues in the order of TISSUES.
 */
export const modelOf = (values) => {
  const histogram = histogramOf(values);
  let tissues = firstGuess(histogram);
  for (let step = 0; step < STEPS; step += 1) tissues = refit(histogram, memberships(histogram, tissues));
  tissues.sort((a, b) => a.mean - b.mean);
  return { histogram, tissues, members: memberships(histogram, tissues) };
};

/** @param {Histogram} histogram @returns {Tissue[]} */
const firstGuess = (histogram) => {
  const spread = quantile(histogram, 0.95) - quantile(histogram, 0.05) + histogram.width;
  return FIRST_SHARES.map((share) => ({
    mean: quantile(histogram, share),
    variance: (spread / 8) ** 2,
    share: 1 / FIRST_SHARES.length,
  }));
};

/** Probability of each tissue for each bin; far from every tissue it is that of the nearest. @param {Histogram} histogram @param {Tissue[]} tissues @returns {Float64Array[]} */
const memberships = (histogram, tissues) => {
  const result = tissues.map((tissue) => densities(histogram, tissue));
  for (let bin = 0; bin < histogram.counts.length; bin += 1) {
    const sum = result.reduce((total, density) => total + density[bin], 0);
    const sole = sum > 1e-300 ? -1 : nearest(tissues, middleOf(histogram, bin));
    for (const [k, density] of result.entries()) density[bin] = sole === -1 ? density[bin] / sum : Number(k === sole);
  }
  return result;
};

/** @param {Histogram} histogram @param {Tissue} tissue */
const densities = (histogram, { mean, variance, share }) => {
  const result = new Float64Array(histogram.counts.length);
  const height = share / Math.sqrt(variance);
  for (let bin = 0; bin < result.length; bin += 1)
    result[bin] = height * Math.exp(-((middleOf(histogram, bin) - mean) ** 2) / (2 * variance));
  return result;
};

/** @param {Tissue[]} tissues @param {number} value */
const nearest = (tissues, value) => {
  const distances = tissues.map(({ mean }) => Math.abs(value - mean));
  return distances.indexOf(Math.min(...distances));
};

/** @param {Histogram} histogram @param {Float64Array[]} members @returns {Tissue[]} */
const refit = (histogram, members) => {
  const total = histogram.counts.reduce((sum, n) => sum + n, 0);
  return members.map((probability) => {
    let [voxels, sum, squares] = [1e-9, 0, 0];
    for (let bin = 0; bin < probability.length; bin += 1) {
      const weight = histogram.counts[bin] * probability[bin];
      const value = (bin + 0.5) * histogram.width; // from the low end, so that the squares stay exact
      voxels += weight;
      sum += weight * value;
      squares += weight * value * value;
    }
    const mean = sum / voxels;
    const variance = Math.max(squares / voxels - mean * mean, histogram.width ** 2);
    return { mean: histogram.low + mean, variance, share: voxels / total };
  });
};
