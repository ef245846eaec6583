import { BadInput } from "./bad-input.js";

/**
 * How often values occur: `counts[i]` of them lie around `low + (i + 0.5) · width`.
 * @typedef {{ low: number, width: number, counts: Float64Array }} Histogram
 */

const BINS = 512;

/** All values, the outermost thousandth at either end in the last bin there. @param {Float32Array} values @returns {Histogram} */
export const histogramOf = (values) => {
  const all = histogramBetween(values, ...extremes(values));
  return histogramBetween(values, quantile(all, 0.001), quantile(all, 0.999));
};

/** @param {Float32Array} values @param {number} low @param {number} high @returns {Histogram} */
const histogramBetween = (values, low, high) => {
  if (!(high > low)) throw new BadInput("The image has the same intensity everywhere within the mask.");
  const width = (high - low) / BINS;
  const counts = new Float64Array(BINS);
  for (let i = 0; i < values.length; i += 1) counts[binOf({ low, width }, values[i])] += 1;
  return { low, width, counts };
};

/** @param {Float32Array} values @returns {[number, number]} */
const extremes = (values) => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
};

/** The bin of a value. @param {{ low: number, width: number }} histogram @param {number} value */
const binOf = ({ low, width }, value) => Math.max(0, Math.min(BINS - 1, Math.floor((value - low) / width)));

/** The middle of a bin. @param {{ low: number, width: number }} histogram @param {number} bin */
export const middleOf = ({ low, width }, bin) => low + (bin + 0.5) * width;

/** The value below which the given share lies, to the width of a bin. @param {Histogram} histogram @param {number} share From 0 to 1. */
export const quantile = (histogram, share) => {
  const wanted = share * histogram.counts.reduce((sum, n) => sum + n, 0);
  let below = 0;
  let bin = 0;
  while (bin < BINS - 1 && below + histogram.counts[bin] < wanted) below += histogram.counts[bin++];
  return middleOf(histogram, bin);
};
