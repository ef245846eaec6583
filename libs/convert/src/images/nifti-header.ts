/**
 * The header of a NIfTI image as bytes, NIfTI-1 (348) or NIfTI-2 (540), in either byte order.
 * @see https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
 */
export type NiftiHeader = { readonly bytes: Buffer; readonly version: 1 | 2; readonly isLittle: boolean };

/** Bits of a voxel by `datatype`. */
const bitsByType: Readonly<Record<number, number>> = {
  ...{ 2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32 },
  ...{ 1024: 64, 1280: 64, 1536: 128, 1792: 128, 2048: 256, 2304: 32 },
};

/** Reads the header at the beginning of these bytes. @throws Error for what is no header of NIfTI or Analyze */
export const headerIn = (bytes: Buffer): NiftiHeader => {
  if (bytes.length < 348) throw new Error("ends before its header does");
  for (const isLittle of [true, false]) {
    const size = isLittle ? bytes.readInt32LE(0) : bytes.readInt32BE(0);
    if (size === 348) return { bytes: Buffer.from(bytes.subarray(0, 348)), version: 1, isLittle };
    if (size === 540 && bytes.length >= 540)
      return { bytes: Buffer.from(bytes.subarray(0, 540)), version: 2, isLittle };
  }
  throw new Error("is neither a NIfTI nor an Analyze image");
};

/** Whether a header is NIfTI's; an Analyze header has its length and not its mark. */
export const isNifti = ({ bytes, version }: NiftiHeader): boolean => {
  const magic = bytes.toString("latin1", version === 1 ? 344 : 4, version === 1 ? 347 : 7);
  return ["n+1", "ni1", "n+2", "ni2"].includes(magic);
};

/** An empty header of NIfTI-1 in a byte order. */
export const emptyHeader = (isLittle: boolean): NiftiHeader => {
  const bytes = Buffer.alloc(348);
  const header: NiftiHeader = { bytes, version: 1, isLittle };
  write.int32(header, 0, 348);
  bytes.write("r", 38, "latin1");
  bytes.write("n+1\0", 344, "latin1");
  return header;
};

const view = ({ bytes }: NiftiHeader): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const write = {
  int16: (header: NiftiHeader, at: number, value: number) => view(header).setInt16(at, value, header.isLittle),
  int32: (header: NiftiHeader, at: number, value: number) => view(header).setInt32(at, value, header.isLittle),
  int64: (header: NiftiHeader, at: number, value: number) =>
    view(header).setBigInt64(at, BigInt(value), header.isLittle),
  float32: (header: NiftiHeader, at: number, value: number) => view(header).setFloat32(at, value, header.isLittle),
  float64: (header: NiftiHeader, at: number, value: number) => view(header).setFloat64(at, value, header.isLittle),
};

/** The lengths of the axes, without those beyond the number of axes. */
export const dimsOf = (header: NiftiHeader): readonly number[] => {
  const at = (index: number): number =>
    header.version === 1
      ? view(header).getInt16(40 + 2 * index, header.isLittle)
      : Number(view(header).getBigInt64(16 + 8 * index, header.isLittle));
  const axes = Math.max(0, Math.min(7, at(0)));
  return Array.from({ length: axes }, (_, index) => at(index + 1));
};

/** Sets the axes, and the distance of the fourth where it is given. */
export const setDims = (header: NiftiHeader, dims: readonly number[], step?: number): void => {
  const lengths = [dims.length, ...dims, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
  for (const [index, length] of lengths.entries())
    header.version === 1 ? write.int16(header, 40 + 2 * index, length) : write.int64(header, 16 + 8 * index, length);
  if (step !== undefined) setSpacing(header, 4, step);
};

/** Sets the size of a voxel along an axis (1 to 7), or the handedness (0). */
export const setSpacing = (header: NiftiHeader, axis: number, value: number): void =>
  header.version === 1 ? write.float32(header, 76 + 4 * axis, value) : write.float64(header, 104 + 8 * axis, value);

/** The size of a voxel along an axis, from 1. */
export const spacingOf = (header: NiftiHeader, axis: number): number =>
  header.version === 1
    ? view(header).getFloat32(76 + 4 * axis, header.isLittle)
    : view(header).getFloat64(104 + 8 * axis, header.isLittle);

/** A copy without axes of length one behind the third: scanners write an image of one volume as one of four dimensions. */
export const squeezed = (header: NiftiHeader): NiftiHeader => {
  const dims = dimsOf(header);
  if (dims.length <= 3 || dims.slice(3).some((length) => length > 1)) return header;
  const copy: NiftiHeader = { ...header, bytes: Buffer.from(header.bytes) };
  setDims(copy, dims.slice(0, 3));
  return copy;
};

/** A copy whose volumes are so many seconds apart; of one volume nothing is apart. */
export const withStep = (header: NiftiHeader, seconds: number): NiftiHeader => {
  if ((dimsOf(header)[3] ?? 1) < 2) return header;
  const copy: NiftiHeader = { ...header, bytes: Buffer.from(header.bytes) };
  setSpacing(copy, 4, seconds);
  // Seconds, whatever the unit of time was.
  if (copy.version === 1) view(copy).setUint8(123, (view(copy).getUint8(123) & 0x07) | 8);
  else write.int32(copy, 500, (view(copy).getInt32(500, copy.isLittle) & 0x07) | 8);
  return copy;
};

/** The code of the type of a voxel. */
export const typeOf = (header: NiftiHeader): number =>
  view(header).getInt16(header.version === 1 ? 70 : 12, header.isLittle);

/** Sets the type of a voxel with its bits. */
export const setType = (header: NiftiHeader, code: number): void => {
  write.int16(header, header.version === 1 ? 70 : 12, code);
  write.int16(header, header.version === 1 ? 72 : 14, bitsByType[code] ?? 0);
};

/** Bytes of all voxels. @throws Error for a type that NIfTI does not know */
export const voxelBytesIn = (header: NiftiHeader): number => {
  const bits = bitsByType[typeOf(header)];
  if (bits === undefined) throw new Error(`has voxels of the unknown type ${typeOf(header)}`);
  return dimsOf(header).reduce((product, length) => product * Math.max(1, length), 1) * (bits / 8);
};

/** Where the voxels begin in the file that the header speaks of. */
export const offsetOf = (header: NiftiHeader): number =>
  header.version === 1
    ? view(header).getFloat32(108, header.isLittle)
    : Number(view(header).getBigInt64(168, header.isLittle));

/** Whether the header defines where its axes point to. */
export const hasOrientation = (header: NiftiHeader): boolean => {
  const at = header.version === 1 ? [252, 254] : [344, 348];
  const code = (offset: number): number =>
    header.version === 1
      ? view(header).getInt16(offset, header.isLittle)
      : view(header).getInt32(offset, header.isLittle);
  return isNifti(header) && at.some((offset) => code(offset) > 0);
};

/** Sets the sform: rows of the affine from voxels to millimetres; a negative zero becomes a positive one. */
export const setAffine = (header: NiftiHeader, rows: readonly (readonly number[])[]): void => {
  if (header.version === 1) {
    write.int16(header, 252, 0);
    write.int16(header, 254, 1);
    for (const [row, values] of rows.entries())
      for (const [column, value] of values.entries()) write.float32(header, 280 + 16 * row + 4 * column, value + 0);
    return;
  }
  write.int32(header, 344, 0);
  write.int32(header, 348, 1);
  for (const [row, values] of rows.entries())
    for (const [column, value] of values.entries()) write.float64(header, 400 + 32 * row + 8 * column, value + 0);
};

/** Millimetres and seconds, where a header states no units. */
export const setUnits = (header: NiftiHeader): void => {
  const unset =
    header.version === 1 ? view(header).getUint8(123) === 0 : view(header).getInt32(500, header.isLittle) === 0;
  if (!unset) return;
  if (header.version === 1) view(header).setUint8(123, 10);
  else write.int32(header, 500, 10);
};

/** The parts of a header that hold text or nothing: `[from, length]`. */
const textFields = {
  1: [
    [4, 10],
    [14, 18],
    [148, 80],
    [228, 24],
    [328, 16],
  ],
  2: [
    [240, 80],
    [320, 24],
    [508, 16],
    [525, 15],
  ],
} as const;

/** Text fields of a header that hold anything. */
export const textsIn = ({ bytes, version }: NiftiHeader): readonly string[] =>
  textFields[version].flatMap(([from, length]) => {
    const text = bytes
      .toString("latin1", from, from + length)
      .replace(/\0.*$/s, "")
      .trim();
    return text === "" ? [] : [text];
  });

/** Blanks the texts of a header and lets the voxels follow it in the same file, without any extension between. */
export const cleanHeader = (header: NiftiHeader): void => {
  const { bytes, version } = header;
  for (const [from, length] of textFields[version]) bytes.fill(0, from, from + length);
  if (version === 1) {
    bytes.write("n+1\0", 344, "latin1");
    write.float32(header, 108, 352);
  } else {
    bytes.write("n+2\0", 4, "latin1");
    write.int64(header, 168, 544);
  }
};
