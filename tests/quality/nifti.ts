import { gunzipSync, gzipSync } from "node:zlib";

/** A mask as the tests read it: their own few lines, so that a fault of an analysis' reader cannot hide itself. */
export type Mask = {
  readonly dims: readonly [number, number, number];
  /** Millimetres. */
  readonly spacing: readonly [number, number, number];
  /** 1 inside, the first axis fastest. */
  readonly voxels: Uint8Array;
};

/** Reads a little-endian NIfTI-1 mask of one byte a voxel. @throws Error for anything else */
export const readMask = (compressed: Uint8Array): Mask => {
  const bytes = gunzipSync(compressed);
  if (bytes.readInt32LE(0) !== 348 || bytes.readInt16LE(70) !== 2) throw new Error("not a NIfTI-1 mask of bytes");
  const dims = [bytes.readInt16LE(42), bytes.readInt16LE(44), bytes.readInt16LE(46)] as const;
  const spacing = [bytes.readFloatLE(80), bytes.readFloatLE(84), bytes.readFloatLE(88)] as const;
  const offset = bytes.readFloatLE(108);
  const count = dims[0] * dims[1] * dims[2];
  return { dims, spacing, voxels: bytes.subarray(offset, offset + count).map((voxel) => Math.min(voxel, 1)) };
};

/** What a header says of the voxels, for images that a test makes. */
export type Written = {
  readonly dims: readonly [number, number, number];
  readonly spacing: readonly [number, number, number];
  /** Rows of the matrix from voxels to millimetres (right, anterior, superior), without the shift. */
  readonly rows: readonly (readonly [number, number, number])[];
  readonly values: Float32Array;
};

/** How a test wants its image stored. */
export type Storage = {
  readonly type: "uint8" | "int16" | "float32";
  readonly version?: 1 | 2;
  readonly bigEndian?: boolean;
  readonly slope?: number;
  readonly intercept?: number;
  /** Which transformation the header holds. @default "sform" */
  readonly transform?: "sform" | "none";
};

const types = { uint8: { code: 2, bytes: 1 }, int16: { code: 4, bytes: 2 }, float32: { code: 16, bytes: 4 } } as const;

/** An image as `.nii.gz`; stored values are rounded for the integer types. */
export const writeImage = (image: Written, storage: Storage): Buffer => {
  const { code, bytes } = types[storage.type];
  const little = storage.bigEndian !== true;
  const header =
    storage.version === 2 ? header2(image, storage, code, bytes * 8) : header1(image, storage, code, bytes * 8);
  const body = new DataView(new ArrayBuffer(image.values.length * bytes));
  const { slope = 1, intercept = 0 } = storage;
  image.values.forEach((value, index) => {
    const stored = (value - intercept) / slope;
    if (storage.type === "uint8") body.setUint8(index, Math.max(0, Math.min(255, Math.round(stored))));
    else if (storage.type === "int16")
      body.setInt16(index * 2, Math.max(-32768, Math.min(32767, Math.round(stored))), little);
    else body.setFloat32(index * 4, stored, little);
  });
  return gzipSync(Buffer.concat([Buffer.from(header.buffer), Buffer.from(body.buffer)]), { level: 1 });
};

const header1 = ({ dims, spacing, rows }: Written, storage: Storage, code: number, bits: number): DataView => {
  const view = new DataView(new ArrayBuffer(352));
  const little = storage.bigEndian !== true;
  view.setInt32(0, 348, little);
  for (const [index, value] of [3, ...dims, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * index, value, little);
  view.setInt16(70, code, little);
  view.setInt16(72, bits, little);
  for (const [index, value] of [1, ...spacing].entries()) view.setFloat32(76 + 4 * index, value, little);
  view.setFloat32(108, 352, little);
  view.setFloat32(112, storage.slope ?? 1, little);
  view.setFloat32(116, storage.intercept ?? 0, little);
  view.setUint8(123, 2);
  view.setInt16(254, storage.transform === "none" ? 0 : 1, little);
  for (const [r, row] of rows.entries()) {
    for (const [c, value] of row.entries()) view.setFloat32(280 + 16 * r + 4 * c, value, little);
  }
  for (const [index, byte] of [0x6e, 0x2b, 0x31, 0].entries()) view.setUint8(344 + index, byte);
  return view;
};

const header2 = ({ dims, spacing, rows }: Written, storage: Storage, code: number, bits: number): DataView => {
  const view = new DataView(new ArrayBuffer(544));
  const little = storage.bigEndian !== true;
  view.setInt32(0, 540, little);
  for (const [index, byte] of [0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a].entries()) view.setUint8(4 + index, byte);
  view.setInt16(12, code, little);
  view.setInt16(14, bits, little);
  for (const [index, value] of [3, ...dims, 1, 1, 1, 1].entries())
    view.setBigInt64(16 + 8 * index, BigInt(value), little);
  for (const [index, value] of [1, ...spacing].entries()) view.setFloat64(104 + 8 * index, value, little);
  view.setBigInt64(168, 544n, little);
  view.setFloat64(176, storage.slope ?? 1, little);
  view.setFloat64(184, storage.intercept ?? 0, little);
  view.setInt32(348, storage.transform === "none" ? 0 : 1, little);
  for (const [r, row] of rows.entries()) {
    for (const [c, value] of row.entries()) view.setFloat64(400 + 32 * r + 8 * c, value, little);
  }
  view.setInt32(500, 2, little);
  return view;
};
