import { BadInput } from "./bad-input.js";

/**
 * What the header of a NIfTI image says of its voxels.
 * @typedef {object} Header
 * @property {1 | 2} version
 * @property {boolean} littleEndian
 * @property {[number, number, number]} dims Voxels along each axis.
 * @property {[number, number, number]} spacing Millimetres from voxel to voxel.
 * @property {number[][]} directions Three rows (right, anterior, superior) of the matrix from voxel steps to millimetres.
 * @property {number} datatype
 * @property {number} offset Bytes before the first voxel.
 * @property {number} slope
 * @property {number} intercept
 */

/**
 * Where the fields stand, in bytes (nifti1.h, nifti2.h).
 * @type {Record<1 | 2, Record<string, number>>}
 */
export const FIELDS = {
  1: {
    size: 348,
    datatype: 70,
    bits: 72,
    dim: 40,
    pixdim: 76,
    offset: 108,
    slope: 112,
    intercept: 116,
    calMax: 124,
    calMin: 128,
    units: 123,
    description: 148,
    qform: 252,
    sform: 254,
    quaternion: 256,
    rows: 280,
    magic: 344,
  },
  2: {
    size: 540,
    datatype: 12,
    bits: 14,
    dim: 16,
    pixdim: 104,
    offset: 168,
    slope: 176,
    intercept: 184,
    calMax: 192,
    calMin: 200,
    units: 500,
    description: 240,
    qform: 344,
    sform: 348,
    quaternion: 352,
    rows: 400,
    magic: 4,
  },
};

/** Reads the fields of either version by one name. @param {DataView} view @param {1 | 2} version @param {boolean} littleEndian */
const fieldReader = (view, version, littleEndian) => {
  const at = FIELDS[version];
  return {
    /** @param {string} field @param {number} [index] */
    integer: (field, index = 0) =>
      version === 1
        ? view.getInt16(at[field] + 2 * index, littleEndian)
        : field === "dim"
          ? Number(view.getBigInt64(at[field] + 8 * index, littleEndian))
          : view.getInt32(at[field] + 4 * index, littleEndian),
    /** @param {string} field @param {number} [index] */
    real: (field, index = 0) =>
      version === 1
        ? view.getFloat32(at[field] + 4 * index, littleEndian)
        : view.getFloat64(at[field] + 8 * index, littleEndian),
    datatype: () => view.getInt16(at.datatype, littleEndian),
    offset: () =>
      version === 1 ? view.getFloat32(at.offset, littleEndian) : Number(view.getBigInt64(at.offset, littleEndian)),
    millimetres: () =>
      ({ 1: 1000, 3: 0.001 })[
        version === 1 ? view.getUint8(at.units) & 7 : view.getInt32(at.units, littleEndian) & 7
      ] ?? 1,
  };
};

/** @typedef {ReturnType<typeof fieldReader>} Fields */

/** Which version, and in which byte order. @param {DataView} view @returns {{ version: 1 | 2, littleEndian: boolean }} */
const formatOf = (view) => {
  for (const version of /** @type {const} */ ([1, 2])) {
    for (const littleEndian of [true, false]) {
      if (view.byteLength >= FIELDS[version].size && view.getInt32(0, littleEndian) === FIELDS[version].size)
        return { version, littleEndian };
    }
  }
  throw new BadInput("The image is not NIfTI: its header does not begin with 348 or 540.");
};

/** The header of an image. @param {Buffer} bytes The decompressed file. @returns {Header} */
export const readHeader = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { version, littleEndian } = formatOf(view);
  const fields = fieldReader(view, version, littleEndian);
  const slope = fields.real("slope");
  const intercept = fields.real("intercept");
  const scaled = Number.isFinite(slope) && slope !== 0 && Number.isFinite(intercept);
  return {
    version,
    littleEndian,
    dims: dimsOf(fields),
    spacing: spacingOf(fields),
    directions: directionsOf(fields),
    datatype: fields.datatype(),
    offset: Math.max(fields.offset(), FIELDS[version].size),
    slope: scaled ? slope : 1,
    intercept: scaled ? intercept : 0,
  };
};

/** @param {Fields} fields @returns {[number, number, number]} */
const dimsOf = (fields) => {
  const count = fields.integer("dim");
  const dims = [1, 2, 3, 4, 5, 6, 7].map((axis) => (axis <= count ? fields.integer("dim", axis) : 1));
  const [x, y, z, ...more] = dims;
  if (count < 3 || count > 7 || [x, y, z].some((n) => n < 8))
    throw new BadInput(
      `The image must have three axes of 8 voxels or more, but has ${dims.slice(0, Math.max(count, 1)).join(" × ")}.`,
    );
  if (more.some((n) => n > 1))
    throw new BadInput(`The image must be one volume, but has ${dims.slice(0, count).join(" × ")} voxels.`);
  if (x * y * z > 512 ** 3) throw new BadInput(`The image has ${x} × ${y} × ${z} voxels, more than 512³.`);
  return [x, y, z];
};

/** @param {Fields} fields @returns {[number, number, number]} */
const spacingOf = (fields) => {
  const [x, y, z] = [1, 2, 3].map((axis) => Math.abs(fields.real("pixdim", axis)) * fields.millimetres());
  for (const spacing of [x, y, z]) {
    if (!(spacing >= 0.1 && spacing <= 10))
      throw new BadInput(`The voxels must be 0.1 to 10 mm wide, but the header says ${x} × ${y} × ${z} mm.`);
  }
  return [x, y, z];
};

/** The matrix of the sform, else of the qform, else none was recorded and the axes are taken as right, anterior, superior. @param {Fields} fields */
const directionsOf = (fields) => {
  const rows = fields.integer("sform") > 0 ? sformRows(fields) : fields.integer("qform") > 0 ? qformRows(fields) : [];
  const usable = rows.length === 3 && rows.flat().every(Number.isFinite) && Math.abs(determinant(rows)) > 1e-6;
  return usable
    ? rows
    : [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ];
};

/** @param {Fields} fields */
const sformRows = (fields) => [0, 1, 2].map((row) => [0, 1, 2].map((column) => fields.real("rows", 4 * row + column)));

/** The rotation of a quaternion (nifti1.h, "method 2"). @param {Fields} fields */
const qformRows = (fields) => {
  const [b, c, d] = [0, 1, 2].map((index) => fields.real("quaternion", index));
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const handedness = fields.real("pixdim", 0) < 0 ? -1 : 1;
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  return rotation.map((row) =>
    row.map((value, axis) => value * Math.abs(fields.real("pixdim", axis + 1)) * (axis === 2 ? handedness : 1)),
  );
};

/** @param {number[][]} m */
const determinant = ([[a, b, c], [d, e, f], [g, h, i]]) =>
  a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
