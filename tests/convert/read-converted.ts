import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A converted image as a test reads it: its own few lines, so that a fault of the library cannot hide itself. */
export type ConvertedImage = {
  readonly dims: readonly number[];
  /** Rows of the affine from voxels to millimetres. */
  readonly affine: readonly (readonly number[])[];
  readonly valueAt: (index: readonly number[]) => number;
  /** Everything but the voxels, as text. */
  readonly header: string;
};

/** Readers of the voxels of a type, by NIfTI's code. */
const readers: Readonly<
  Record<number, readonly [bytes: number, read: (view: DataView, at: number, isLittle: boolean) => number]>
> = {
  2: [1, (view, at) => view.getUint8(at)],
  4: [2, (view, at, isLittle) => view.getInt16(at, isLittle)],
  16: [4, (view, at, isLittle) => view.getFloat32(at, isLittle)],
  512: [2, (view, at, isLittle) => view.getUint16(at, isLittle)],
};

/** Reads a NIfTI-1 image. @throws Error for anything else */
export const readConverted = (path: string): ConvertedImage => {
  const bytes = gunzipSync(readFileSync(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = view.getInt32(0, true) === 348;
  if (view.getInt32(0, isLittle) !== 348) throw new Error(`${path} is not NIfTI-1`);
  const dims = Array.from({ length: view.getInt16(40, isLittle) }, (_, axis) => view.getInt16(42 + 2 * axis, isLittle));
  const [size, read] = readers[view.getInt16(70, isLittle)] ?? [];
  if (size === undefined || read === undefined) throw new Error(`${path} has an unknown type`);
  const offset = view.getFloat32(108, isLittle);
  return {
    dims,
    affine: [0, 1, 2].map((row) =>
      [0, 1, 2, 3].map((column) => view.getFloat32(280 + 16 * row + 4 * column, isLittle)),
    ),
    valueAt: (index) => {
      let [at, stride] = [0, 1];
      for (const [axis, length] of dims.entries()) {
        at += (index[axis] ?? 0) * stride;
        stride *= length;
      }
      return read(view, offset + at * size, isLittle);
    },
    header: bytes.toString("latin1", 0, offset),
  };
};

/** The voxel whose centre lies at a place in millimetres; the axes of the image must be those of the world. */
export const voxelAt = ({ affine }: ConvertedImage, place: readonly number[]): readonly number[] =>
  [0, 1, 2].map((axis) => {
    const row = affine.findIndex((values) => Math.abs(values[axis] ?? 0) > 1e-6);
    const [scale = 1, shift = 0] = [affine[row]?.[axis], affine[row]?.[3]];
    return ((place[row] ?? 0) - shift) / scale;
  });
