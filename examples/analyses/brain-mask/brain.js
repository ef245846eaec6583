import { BadInput } from "./bad-input.js";
import { fillHollows, pieceWithMostOf } from "./components.js";
import { gaussian } from "./gaussian.js";
import { voxelVolume } from "./grid.js";
import { findHead, middleOf } from "./head.js";
import { quantile } from "./intensity.js";
import { both, close, count, dilate, erode } from "./morphology.js";
import { normalise, whiteLevel } from "./white-level.js";

/** @typedef {import("./grid.js").Grid} Grid */
/** @typedef {{ smoothing: number, threshold: number }} Settings As the manifest describes them. */

/** The middle of the brain, whose tissue tells how bright brain is: a ball of that radius, in mm. */
const MIDDLE = 45;
/** Nothing of the brain is brighter than white matter by more than that factor; fat is. */
const BRIGHTEST = 1.35;
/** What may be white matter, as long as one level is taken for the whole head. @type {[number, number]} */
const WHITE = [0.8, 1.2];
/** Dark specks up to that size within tissue are noise, in mL. */
const SPECK = 2;
/** The bridges from the brain to muscle, skin and eyes are thinner than twice that, in mm. */
const BRIDGE = 9;
/** The brain's own ends (temporal poles, tonsils, stem) are thicker than twice that, in mm … */
const THIN = 6.25;
/** … and reach that far beyond its thick parts, in mm. */
const ENDS = 6;
/** Furrows narrower than twice that belong to the brain, in mm. */
const FURROW = 6;
/** No brain is smaller, in mL. */
const SMALLEST_BRAIN = 200;

/**
 * The brain within a T1-weighted head.
 * @param {Float32Array} values Intensities.
 * @param {Grid} grid
 * @param {number[][]} directions As in the header.
 * @param {Settings} settings
 * @returns {Uint8Array} 1 where the brain is.
 */
export const findBrain = (values, grid, directions, { smoothing, threshold }) => {
  const smooth = gaussian(
    values,
    grid,
    grid.spacing.map((spacing) => Math.sqrt(Math.max(0, smoothing ** 2 - spacing ** 2))),
  );
  const head = findHead(smooth, grid, directions);
  const middle = middleOf(head, grid, MIDDLE);
  const tissue = tissueBand(smooth, grid, head, middle, threshold);
  const brain = smoothed(withEnds(tissue, thickPart(tissue, grid, middle), grid, middle), grid);
  if (count(brain) * voxelVolume(grid) < SMALLEST_BRAIN)
    throw new BadInput("No brain was found: the image shows no large piece of tissue in the middle of the head.");
  return brain;
};

/**
 * What is as bright as brain tissue, judged by the white matter near by. Where that is, is found with one level for the whole head.
 * @param {Float32Array} values
 * @param {Grid} grid
 * @param {import("./head.js").Head} head
 * @param {Uint8Array} middle
 * @param {number} threshold
 */
const tissueBand = (values, grid, head, middle, threshold) => {
  const bright = values.filter((value, i) => middle[i] === 1 && value > head.edge);
  if (bright.length === 0) throw new BadInput("No brain was found: the middle of the head is dark.");
  const first = normalise(values, head.air, new Float32Array(values.length).fill(quantile(bright, 0.75)));
  const brain = dilate(thickPart(band(first, threshold, BRIGHTEST), grid, middle), grid, bridge(grid));
  const level = whiteLevel(values, both(brain, band(first, ...WHITE)), grid);
  const tissue = band(normalise(values, head.air, level), threshold, BRIGHTEST);
  return fillHollows(tissue, grid, SPECK / voxelVolume(grid));
};

/** @param {Float32Array} values @param {number} low @param {number} high */
const band = (values, low, high) => {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i += 1) mask[i] = values[i] > low && values[i] < high ? 1 : 0;
  return mask;
};

/** What is left of the brain where every bridge to something else is eroded. @param {Uint8Array} tissue @param {Grid} grid @param {Uint8Array} middle */
const thickPart = (tissue, grid, middle) => pieceWithMostOf(erode(tissue, grid, bridge(grid)), grid, middle);

/** The brain with its thin ends, which the thick part has lost. @param {Uint8Array} tissue @param {Uint8Array} thick @param {Grid} grid @param {Uint8Array} middle */
const withEnds = (tissue, thick, grid, middle) => {
  const near = dilate(thick, grid, bridge(grid) - thin(grid) + ENDS);
  const core = pieceWithMostOf(both(erode(tissue, grid, thin(grid)), near), grid, middle);
  return pieceWithMostOf(both(dilate(core, grid, thin(grid)), tissue), grid, middle);
};

/** Coarse voxels blur bridges and ends alike, so both radii grow with them. @param {Grid} grid */
const thin = ({ spacing: [x, y, z] }) => Math.max(THIN, (2.5 * (x + y + z)) / 3);

/** @param {Grid} grid */
const bridge = (grid) => thin(grid) + BRIDGE - THIN;

/** The brain as one body: furrows, ventricles and vessels belong to it. @param {Uint8Array} brain @param {Grid} grid */
const smoothed = (brain, grid) => fillHollows(close(brain, grid, FURROW), grid);
