/** How voxels of one type are read. */
export type VoxelReader = {
  /** Bytes of one voxel. */
  readonly bytes: number;
  /** Numbers of one voxel that are shown: 3 of a colour, else 1. */
  readonly channels: 1 | 3;
  /** Reads one of these numbers of the voxel that begins at a byte. */
  read(view: DataView, at: number, channel: number): number;
};

type ReadNumber = (view: DataView, at: number, little: boolean) => number;

/** Numbers by the codes of `datatype` in nifti1.h. */
const numbers: Readonly<Record<number, readonly [bytes: number, read: ReadNumber]>> = {
  2: [1, (view, at) => view.getUint8(at)],
  4: [2, (view, at, little) => view.getInt16(at, little)],
  8: [4, (view, at, little) => view.getInt32(at, little)],
  16: [4, (view, at, little) => view.getFloat32(at, little)],
  64: [8, (view, at, little) => view.getFloat64(at, little)],
  256: [1, (view, at) => view.getInt8(at)],
  512: [2, (view, at, little) => view.getUint16(at, little)],
  768: [4, (view, at, little) => view.getUint32(at, little)],
  1024: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  1280: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** Complex numbers by their codes, with the code of their halves. */
const complex: Readonly<Record<number, number>> = { 32: 16, 1792: 64 };

/** Colours by their codes, with their bytes: red, green, blue, and in the second one opacity. */
const colours: Readonly<Record<number, number>> = { 128: 3, 2304: 4 };

/**
 * Makes the reader of a type of voxels by its code in the header; of complex numbers it reads the magnitude. Null of single bits and
 * of numbers of 128 bits, which JavaScript has no type for.
 */
export const voxelReader = (datatype: number, little: boolean): VoxelReader | null => {
  const colour = colours[datatype];
  if (colour !== undefined)
    return { bytes: colour, channels: 3, read: (view, at, channel) => view.getUint8(at + channel) };
  const half = numbers[complex[datatype] ?? 0];
  if (half !== undefined) {
    const [bytes, read] = half;
    return {
      ...{ bytes: 2 * bytes, channels: 1 },
      read: (view, at) => Math.hypot(read(view, at, little), read(view, at + bytes, little)),
    };
  }
  const number = numbers[datatype];
  if (number === undefined) return null;
  const [bytes, read] = number;
  return { bytes, channels: 1, read: (view, at) => read(view, at, little) };
};
