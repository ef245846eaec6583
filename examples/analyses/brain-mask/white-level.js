import { gaussian } from "./gaussian.js";
import { blockMeans, blockOf, coarserGrid, interpolate } from "./resample.js";

/** Full width at half maximum of the field's smoothness, in mm: coils are no sharper. */
const SMOOTHNESS = 60;
/** The field is worked out on voxels of that width, in mm. */
const COARSE = 8;

/**
 * How bright white matter is at every place: the mean of the voxels that look like it, near by. Scanners brighten one
 * side more than another, so one level for the whole head would not do.
 * @param {Float32Array} values
 * @param {Uint8Array} white Voxels taken for white matter.
 * @param {import("./grid.js").Grid} grid
 * @returns {Float32Array}
 */
export const whiteLevel = (values, white, grid) => {
  const block = blockOf(grid, COARSE);
  const coarse = coarserGrid(grid, block);
  /** @param {Float32Array} field */
  const smooth = (field) => gaussian(blockMeans(field, grid, block), coarse, [SMOOTHNESS, SMOOTHNESS, SMOOTHNESS]);
  const masked = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) masked[i] = values[i] * white[i];
  const sum = smooth(masked);
  const weight = smooth(Float32Array.from(white));
  const overall = sum.reduce((a, b) => a + b, 0) / weight.reduce((a, b) => a + b, 0);
  const pull = 1e-4; // where no white matter is near, the overall level
  const level = sum.map((total, i) => (total + pull * overall) / (weight[i] + pull));
  return interpolate(level, coarse, block, grid);
};

/** Brightness between the air (0) and the white matter near by (1). @param {Float32Array} values @param {number} air @param {Float32Array} level */
export const normalise = (values, air, level) => {
  const relative = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) relative[i] = (values[i] - air) / Math.max(level[i] - air, 1e-6);
  return relative;
};
