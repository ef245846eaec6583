/** What an image for tests is made of. */
export type MadeImage = {
  /** Numbers of voxels along the axes of the voxels; the fourth is time. */
  readonly dims: readonly number[];
  /** Where the axes of the voxels point to. @default RAS */
  readonly orientation?: string;
  /** Code of nifti1.h. @default 16, numbers of 32 bits with a point */
  readonly datatype?: number;
  readonly littleEndian?: boolean;
  readonly slope?: number;
  readonly intercept?: number;
  /** Millimetres along the axes of the voxels. @default 1 */
  readonly spacing?: readonly number[];
  /** The stored number at the voxel `index` of the volume `time`. @default 0 */
  value?(index: readonly [number, number, number], time: number): number;
};

type Write = (view: DataView, at: number, value: number, little: boolean) => void;

const writers: Readonly<Record<number, readonly [bytes: number, write: Write]>> = {
  2: [1, (view, at, value) => view.setUint8(at, value)],
  4: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  8: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  16: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  32: [
    8,
    (view, at, value, little) => {
      view.setFloat32(at, value * 0.6, little);
      view.setFloat32(at + 4, value * 0.8, little);
    },
  ],
  64: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
  128: [
    3,
    (view, at, value) => {
      for (const channel of [0, 1, 2]) view.setUint8(at + channel, channel === 0 ? value : 0);
    },
  ],
  256: [1, (view, at, value) => view.setInt8(at, value)],
  512: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  768: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  1024: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  1280: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  1792: [16, (view, at, value, little) => view.setFloat64(at, value, little)],
  2304: [4, (view, at, value) => view.setUint8(at, value)],
};

/** Codes of the types of which voxels can be made. */
export const madeTypes = Object.keys(writers).map(Number);

/** Makes a NIfTI-1 file. */
export const madeImage = ({
  dims,
  orientation = "RAS",
  datatype = 16,
  littleEndian = true,
  slope = 0,
  intercept = 0,
  spacing = [1, 1, 1],
  value = () => 0,
}: MadeImage): Buffer => {
  const [bytes = 1, write] = writers[datatype] ?? [];
  const count = dims.reduce((product, length) => product * length, 1);
  const file = Buffer.alloc(352 + count * bytes);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  view.setInt32(0, 348, littleEndian);
  for (const [at, length] of [dims.length, ...dims].entries()) view.setInt16(40 + 2 * at, length, littleEndian);
  view.setInt16(70, datatype, littleEndian);
  view.setInt16(72, 8 * bytes, littleEndian);
  for (const [at, size] of [1, ...spacing].entries()) view.setFloat32(76 + 4 * at, size, littleEndian);
  view.setFloat32(108, 352, littleEndian);
  view.setFloat32(112, slope, littleEndian);
  view.setFloat32(116, intercept, littleEndian);
  view.setInt16(254, 1, littleEndian);
  for (const [axis, letter] of [...orientation].entries()) {
    const row = ["LR", "PA", "IS"].findIndex((ends) => ends.includes(letter));
    view.setFloat32(280 + 16 * row + 4 * axis, "RAS".includes(letter) ? 1 : -1, littleEndian);
  }
  file.write("n+1\0", 344, "latin1");
  const [x = 1, y = 1, z = 1] = dims;
  if (write === undefined) return file;
  for (let at = 0; at < count; at += 1) {
    const time = Math.floor(at / (x * y * z));
    const index = [at % x, Math.floor(at / x) % y, Math.floor(at / (x * y)) % z] as const;
    write(view, 352 + at * bytes, value(index, time), littleEndian);
  }
  return file;
};
