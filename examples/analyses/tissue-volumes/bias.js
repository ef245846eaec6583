import { tissueOf } from "./clusters.js";
import { evaluate, solve, termsOf } from "./polynomial.js";

/** Cerebrospinal fluid is too dark and too mixed to tell how bright a place is. */
const FLUID = 0;
/** Places worked out at a time, to keep memory small. */
const AT_ONCE = 65_536;

/** @typedef {import("./brain-voxels.js").BrainVoxels} BrainVoxels */

/**
 * Weights of the terms of a polynomial: the logarithm of how much brighter a place is than it should be.
 * @typedef {{ terms: [number, number, number][], weights: Float64Array }} Field
 */

/** No unevenness. @param {number} order @returns {Field} */
export const evenField = (order) => {
  const terms = termsOf(order);
  return { terms, weights: new Float64Array(terms.length) };
};

/** The intensities without the field. @param {BrainVoxels} voxels @param {Field} field */
export const corrected = ({ places, values }, { terms, weights }) => {
  const result = values.slice();
  for (let start = 0; start < values.length; start += AT_ONCE) {
    const end = Math.min(values.length, start + AT_ONCE);
    const basis = evaluate(terms, places.subarray(3 * start, 3 * end));
    for (let i = start, at = 0; i < end; i += 1, at += weights.length) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += basis[at + k] * weights[k];
      result[i] *= Math.exp(-sum);
    }
  }
  return result;
};

/**
 * A better field: what is left of unevenness is the polynomial that fits the logarithm of corrected to expected intensity
 * best (W. Wells et al., 1996; K. Van Leemput et al., 1999).
 * @param {BrainVoxels} voxels Enough of them to tell a smooth field.
 * @param {Field} field
 * @param {import("./clusters.js").Means} means Of the tissues, after the field.
 * @returns {Field}
 */
export const refined = (voxels, field, means) => {
  const { terms, weights } = field;
  const basis = evaluate(terms, voxels.places);
  const values = corrected(voxels, field);
  const equations = normalEquations(terms.length + 1);
  const row = new Float64Array(terms.length + 1).fill(1);
  for (let i = 0; i < values.length; i += 1) {
    const tissue = tissueOf(means, values[i]);
    if (tissue === FLUID || !(values[i] > 0)) continue;
    for (let k = 0; k < terms.length; k += 1) row[k] = basis[i * terms.length + k];
    observe(equations, row, Math.log(values[i] / means[tissue]));
  }
  const rest = solve(equations.matrix, equations.vector);
  return { terms, weights: weights.map((weight, k) => weight + rest[k]) };
};

/** @param {number} unknowns The polynomial's terms, and the constant. */
const normalEquations = (unknowns) => ({
  matrix: Array.from({ length: unknowns }, () => new Float64Array(unknowns)),
  vector: new Float64Array(unknowns),
});

/** One more observation. @param {ReturnType<typeof normalEquations>} equations @param {Float64Array} row @param {number} observed */
const observe = ({ matrix, vector }, row, observed) => {
  for (let k = 0; k < row.length; k += 1) {
    const line = matrix[k];
    vector[k] += row[k] * observed;
    for (let l = 0; l <= k; l += 1) line[l] += row[k] * row[l];
  }
};
