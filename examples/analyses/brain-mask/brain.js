import { BadInput } from "./bad-input.js";
import { fillHoles, heaviestPiece } from "./components.js";
import { squaredDistance } from "./distance.js";
import { gaussian } from "./gaussian.js";
import { sizeOf, voxelVolume } from "./grid.js";
import { findHead } from "./head.js";
import { quantile } from "./intensity.js";
import { both, close, dilate, erode } from "./morphology.js";
import { blockMeans, blockOf, coarserGrid, interpolate } from "./resample.js";
import { whiteLevel } from "./white-level.js";

export const T = { r: 6, clos: 6, rv: 0, hi: 1.35, grow: 0, wide: 2.5, open: 0 };
/** @typedef {import("./grid.js").Grid} Grid */

export const brainMask = (image, { smoothing, threshold }) => {
  const grid = { dims: image.header.dims, spacing: image.header.spacing };
  const block = blockOf(grid, T.wide);
  const coarse = coarserGrid(grid, block);
  const mask = coarseMask(blockMeans(image.values, grid, block), coarse, image.header.directions, smoothing, threshold);
  if (block.every(b => b === 1)) return mask;
  const R = 6;
  const out = squaredDistance(mask, 1, coarse, R), inn = squaredDistance(mask, 0, coarse, R);
  const signed = new Float32Array(mask.length); for (let i = 0; i < mask.length; i++) signed[i] = mask[i] ? Math.sqrt(Math.min(R*R, inn[i])) : -Math.sqrt(Math.min(R*R, out[i]));
  const fine = interpolate(signed, coarse, block, grid);
  const m = new Uint8Array(fine.length); for (let i = 0; i < m.length; i++) m[i] = fine[i] > 0 ? 1 : 0; return m;
};


const coarseMask = (values, grid, directions, smoothing, threshold) => {
  const widths = grid.spacing.map(s => Math.sqrt(Math.max(0, smoothing ** 2 - s ** 2)));
  const s = gaussian(values, grid, widths);
  const head = findHead(s, grid, directions);
  const core = sphere(grid, head.centre, 45);
  const coreBright = s.filter((v, i) => core[i] && v > head.edge);
  let level = new Float32Array(s.length).fill(quantile(coreBright, 0.75));
  const R = Math.max(T.r, T.rv * Math.max(...grid.spacing));
  let band, seed;
  for (let it = 0; it < 3; it++) {
    const n = new Float32Array(s.length); band = new Uint8Array(s.length);
    for (let i = 0; i < n.length; i++) { n[i] = (s[i] - head.air) / (level[i] - head.air); band[i] = n[i] > threshold && n[i] < T.hi ? 1 : 0; }
    seed = heaviestPiece(erode(band, grid, R), grid, core);
    if (it === 2) break;
    const near = dilate(seed, grid, R);
    for (let i = 0; i < n.length; i++) near[i] = near[i] && band[i] && n[i] > .8 && n[i] < 1.2 ? 1 : 0;
    level = whiteLevel(s, near, grid);
  }
  let b = heaviestPiece(both(dilate(seed, grid, R + T.grow), band), grid, core);
  b = close(b, grid, T.clos);
  b = fillHoles(b, grid);
  if (T.open) b = heaviestPiece(dilate(erode(b, grid, T.open), grid, T.open), grid, core);
  return b;
};
const sphere = (grid, c, r) => {
  const m = new Uint8Array(sizeOf(grid)); let i = 0;
  for (let z = 0; z < grid.dims[2]; z++) for (let y = 0; y < grid.dims[1]; y++) for (let x = 0; x < grid.dims[0]; x++, i++) {
    const dx = (x - c[0]) * grid.spacing[0], dy = (y - c[1]) * grid.spacing[1], dz = (z - c[2]) * grid.spacing[2];
    if (dx*dx + dy*dy + dz*dz < r*r) m[i] = 1;
  }
  return m;
};
