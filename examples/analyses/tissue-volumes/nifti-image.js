import { gunzipSync } from "node:zlib";
import { BadInput } from "./bad-input.js";
import { readHeader } from "./nifti-header.js";

/**
 * A volume: its header as read, the header's bytes as they were, and its voxels with the first axis fastest.
 * @typedef {{ header: import("./nifti-header.js").Header, headerBytes: Buffer, values: Float32Array }} Image
 */

/** No header, extension and 512³ voxels of eight bytes are larger: a guard against a file that unpacks for ever. */
const LARGEST = 512 ** 3 * 8 + 2 ** 20;

/** @typedef {(view: DataView, at: number, littleEndian: boolean) => number} Getter */

/**
 * Bytes of a voxel and how to read it, by NIfTI datatype code.
 * @type {Record<number, { bytes: number, get: Getter }>}
 */
const DATATYPES = {
  2: { bytes: 1, get: (view, at) => view.getUint8(at) },
  4: { bytes: 2, get: (view, at, little) => view.getInt16(at, little) },
  8: { bytes: 4, get: (view, at, little) => view.getInt32(at, little) },
  16: { bytes: 4, get: (view, at, little) => view.getFloat32(at, little) },
  64: { bytes: 8, get: (view, at, little) => view.getFloat64(at, little) },
  256: { bytes: 1, get: (view, at) => view.getInt8(at) },
  512: { bytes: 2, get: (view, at, little) => view.getUint16(at, little) },
  768: { bytes: 4, get: (view, at, little) => view.getUint32(at, little) },
  1024: { bytes: 8, get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  1280: { bytes: 8, get: (view, at, little) => Number(view.getBigUint64(at, little)) },
};

/** Reads a `.nii.gz`. @param {Buffer} compressed @returns {Image} */
export const readImage = (compressed) => {
  const bytes = unpack(compressed);
  const header = readHeader(bytes);
  return { header, headerBytes: bytes.subarray(0, header.offset), values: readValues(bytes, header) };
};

/** @param {Buffer} compressed @returns {Buffer} */
const unpack = (compressed) => {
  try {
    return gunzipSync(compressed, { maxOutputLength: LARGEST });
  } catch (cause) {
    throw new BadInput(`The image cannot be unpacked: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
};

/** The voxels as real numbers, scaled as the header says; what is not a number becomes 0. @param {Buffer} bytes @param {import("./nifti-header.js").Header} header */
const readValues = (bytes, header) => {
  const type = DATATYPES[header.datatype];
  if (type === undefined) throw new BadInput(`The image's datatype ${header.datatype} is not a plain number.`);
  const count = header.dims[0] * header.dims[1] * header.dims[2];
  const needed = header.offset + count * type.bytes;
  if (bytes.length < needed)
    throw new BadInput(`The image ends after ${bytes.length} bytes, and its header promises ${needed}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.offset, count * type.bytes);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const value = type.get(view, i * type.bytes, header.littleEndian) * header.slope + header.intercept;
    values[i] = Number.isFinite(value) ? value : 0;
  }
  return values;
};
