import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Mask, Written } from "./nifti.ts";

/** A scan of the example dataset: 16-bit integers in RAS order, as its header says. */
export const readScan = (file: string): Written => {
  const bytes = gunzipSync(readFileSync(file));
  const dims = [bytes.readInt16LE(42), bytes.readInt16LE(44), bytes.readInt16LE(46)] as const;
  const spacing = [bytes.readFloatLE(80), bytes.readFloatLE(84), bytes.readFloatLE(88)] as const;
  const offset = bytes.readFloatLE(108);
  const values = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, index) =>
    bytes.readInt16LE(offset + 2 * index),
  );
  return { dims, spacing, rows: diagonal(spacing), values };
};

const diagonal = ([x, y, z]: Written["spacing"]): Written["rows"] => [
  [x, 0, 0],
  [0, y, 0],
  [0, 0, z],
];

type Axis = 0 | 1 | 2;

/** How the axes of a new image run along those of an old one: `from` is the old axis, `flip` whether it runs backwards. */
export type Turn = readonly [Step, Step, Step];
type Step = { readonly from: Axis; readonly flip: boolean };

type Box = { readonly dims: Mask["dims"]; readonly spacing: Mask["spacing"] };

const turnBox = ({ dims, spacing }: Box, [a, b, c]: Turn): Box => ({
  dims: [dims[a.from], dims[b.from], dims[c.from]],
  spacing: [spacing[a.from], spacing[b.from], spacing[c.from]],
});

/** For each voxel of the turned box, the index of the voxel of the old one. */
const turnedIndices = (old: Box, turn: Turn): Int32Array => {
  const { dims } = turnBox(old, turn);
  const strides = [1, old.dims[0], old.dims[0] * old.dims[1]] as const;
  const place = ({ from, flip }: Step, at: number): number => (flip ? old.dims[from] - 1 - at : at) * strides[from];
  const indices = new Int32Array(dims[0] * dims[1] * dims[2]);
  let to = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++) indices[to++] = place(turn[0], x) + place(turn[1], y) + place(turn[2], z);
    }
  }
  return indices;
};

/** The same head stored in another order, with the header that says so. */
export const turnImage = (image: Written, turn: Turn): Written => {
  const rows = image.rows.map((row): readonly [number, number, number] => {
    const column = ({ from, flip }: Step): number => (flip ? -row[from] : row[from]);
    return [column(turn[0]), column(turn[1]), column(turn[2])];
  });
  const indices = turnedIndices(image, turn);
  return { ...turnBox(image, turn), rows, values: Float32Array.from(indices, (index) => image.values[index] ?? 0) };
};

/** The same mask in another order. */
export const turnMask = (mask: Mask, turn: Turn): Mask => ({
  ...turnBox(mask, turn),
  voxels: Uint8Array.from(turnedIndices(mask, turn), (index) => mask.voxels[index] ?? 0),
});

/** The image with noise as a scanner makes it (S. Rice, 1944), the same for the same seed. */
export const noisy = (image: Written, sigma: number, seed: number): Written => {
  const random = randomFrom(seed);
  const gauss = (): number => sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { ...image, values: image.values.map((value) => Math.hypot(value + gauss(), gauss())) };
};

/** The image, brighter towards the right and darker towards the left by so much. */
export const shaded = (image: Written, strength: number): Written => {
  const [width] = image.dims;
  return {
    ...image,
    values: image.values.map((value, index) => value * (1 + strength * ((2 * (index % width)) / width - 1))),
  };
};

/** Numbers from 0 to 1 (G. Marsaglia's xorshift). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
};

/** Twice as many voxels along each axis, each half as wide. */
export const finer = <T extends Box & { readonly rows?: Written["rows"] }>(box: T, data: ArrayLike<number>) => {
  const [nx, ny, nz] = box.dims;
  const dims = [2 * nx, 2 * ny, 2 * nz] as const;
  const spacing = [box.spacing[0] / 2, box.spacing[1] / 2, box.spacing[2] / 2] as const;
  const values = new Float32Array(dims[0] * dims[1] * dims[2]);
  let to = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      const row = nx * ((y >> 1) + ny * (z >> 1));
      for (let x = 0; x < dims[0]; x++) values[to++] = data[row + (x >> 1)] ?? 0;
    }
  }
  return { dims, spacing, values };
};
