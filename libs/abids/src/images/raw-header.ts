/** The fields of a NIfTI header that matter here, NIfTI-1 and NIfTI-2 alike. */
export type RawHeader = {
  readonly version: 1 | 2;
  /** The first number of `dim`: how many axes there are. */
  readonly axes: number;
  readonly dims: readonly number[];
  /** `pixdim[0]`: the handedness of the quaternion. */
  readonly handedness: number;
  /** `pixdim` from 1. */
  readonly spacing: readonly number[];
  readonly datatypeCode: number;
  /** Its name, or null for a code that NIfTI does not know. */
  readonly datatype: string | null;
  readonly bitsPerVoxel: number;
  /** Whether numbers begin with their lowest byte, in the header and in the voxels. */
  readonly littleEndian: boolean;
  /** A voxel means `slope` times its number plus `intercept`; a slope of 0 says that it means its number. */
  readonly scale: { readonly slope: number; readonly intercept: number };
  /** Where the voxels begin, in bytes. */
  readonly offset: number;
  /** `xyzt_units`. */
  readonly units: number;
  readonly qform: { readonly code: number; readonly b: number; readonly c: number; readonly d: number };
  readonly sform: { readonly code: number; readonly rows: readonly (readonly number[])[] };
  /** Whether the voxels are in this very file (`n+1`, `n+2`). */
  readonly single: boolean;
};

/** By `datatype`: name and bits of a voxel. */
export const voxelTypes: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  1: ["binary", 1],
  2: ["uint8", 8],
  4: ["int16", 16],
  8: ["int32", 32],
  16: ["float32", 32],
  32: ["complex64", 64],
  64: ["float64", 64],
  128: ["rgb24", 24],
  256: ["int8", 8],
  512: ["uint16", 16],
  768: ["uint32", 32],
  1024: ["int64", 64],
  1280: ["uint64", 64],
  1536: ["float128", 128],
  1792: ["complex128", 128],
  2048: ["complex256", 256],
  2304: ["rgba32", 32],
};

/** The header in these bytes, in either byte order, or why there is none. */
export const readRawHeader = (bytes: Uint8Array): RawHeader | string => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return "ends before its header does";
  const little = [348, 540].includes(view.getInt32(0, true));
  const size = view.getInt32(0, little);
  if (size !== 348 && size !== 540) return `is not a NIfTI image: its header claims ${size} bytes, not 348 or 540`;
  if (bytes.length < size) return `ends in its header, after ${bytes.length} bytes`;
  return size === 348 ? readFirst(view, little) : readSecond(view, little);
};

const readFirst = (view: DataView, little: boolean): RawHeader | string => {
  const magic = text(view, 344, 3);
  if (magic !== "n+1" && magic !== "ni1") return "is not a NIfTI image: the magic string n+1 is missing";
  const float = (at: number): number => view.getFloat32(at, little);
  const short = (at: number): number => view.getInt16(at, little);
  return header(1, magic === "n+1", {
    dim: times(8, (index) => short(40 + 2 * index)),
    pixdim: times(8, (index) => float(76 + 4 * index)),
    datatypeCode: short(70),
    bitsPerVoxel: short(72),
    littleEndian: little,
    scale: { slope: float(112), intercept: float(116) },
    offset: float(108),
    units: view.getUint8(123),
    qform: { code: short(252), b: float(256), c: float(260), d: float(264) },
    sform: { code: short(254), rows: times(3, (row) => times(4, (column) => float(280 + 16 * row + 4 * column))) },
  });
};

const readSecond = (view: DataView, little: boolean): RawHeader | string => {
  const magic = text(view, 4, 3);
  if (magic !== "n+2" && magic !== "ni2") return "is not a NIfTI image: the magic string n+2 is missing";
  const float = (at: number): number => view.getFloat64(at, little);
  const long = (at: number): number => Number(view.getBigInt64(at, little));
  return header(2, magic === "n+2", {
    dim: times(8, (index) => long(16 + 8 * index)),
    pixdim: times(8, (index) => float(104 + 8 * index)),
    datatypeCode: view.getInt16(12, little),
    bitsPerVoxel: view.getInt16(14, little),
    littleEndian: little,
    scale: { slope: float(176), intercept: float(184) },
    offset: long(168),
    units: view.getInt32(500, little),
    qform: { code: view.getInt32(344, little), b: float(352), c: float(360), d: float(368) },
    sform: {
      code: view.getInt32(348, little),
      rows: times(3, (row) => times(4, (column) => float(400 + 32 * row + 8 * column))),
    },
  });
};

type Fields = Pick<
  RawHeader,
  "datatypeCode" | "bitsPerVoxel" | "littleEndian" | "scale" | "offset" | "units" | "qform" | "sform"
> & {
  readonly dim: readonly number[];
  readonly pixdim: readonly number[];
};

const header = (version: 1 | 2, single: boolean, { dim, pixdim, ...rest }: Fields): RawHeader => {
  const [axes = 0, ...lengths] = dim;
  const [handedness = 1, ...spacing] = pixdim;
  const datatype = voxelTypes[rest.datatypeCode]?.[0] ?? null;
  return { version, single, axes, dims: lengths.slice(0, Math.max(0, axes)), handedness, spacing, datatype, ...rest };
};

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const text = (view: DataView, at: number, length: number): string =>
  String.fromCharCode(...times(length, (index) => view.getUint8(at + index)));
