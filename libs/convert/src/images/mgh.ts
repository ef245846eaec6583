import { emptyHeader, type NiftiHeader, setAffine, setDims, setSpacing, setType } from "./nifti-header.ts";

/** Bytes before the voxels of an MGH file. */
export const mghVoxelOffset = 284;

/** NIfTI's codes of the types of an MGH file: unsigned bytes, 32-bit integers, floats, 16-bit integers. */
const types: Readonly<Record<number, number>> = { 0: 2, 1: 8, 3: 16, 4: 4 };

/**
 * Makes a NIfTI header of that of a FreeSurfer volume (MGH, MGZ), whose numbers and voxels are big-endian.
 * @see https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat
 * @throws Error for another version, and a type of voxels that NIfTI does not have
 */
export const mghHeader = (bytes: Buffer): NiftiHeader => {
  if (bytes.length < mghVoxelOffset) throw new Error("ends before its header does");
  if (bytes.readInt32BE(0) !== 1) throw new Error("is not an MGH volume of version 1");
  const [width, height, depth, frames] = [4, 8, 12, 16].map((at) => bytes.readInt32BE(at));
  const code = types[bytes.readInt32BE(20)];
  if (code === undefined) throw new Error(`has voxels of the unknown type ${bytes.readInt32BE(20)}`);
  const dims = [width ?? 1, height ?? 1, depth ?? 1];
  const isGood = bytes.readInt16BE(28) > 0;
  const floats = Array.from({ length: 15 }, (_, index) => bytes.readFloatBE(30 + 4 * index));
  // Without its own geometry a volume is coronal, one millimetre a voxel, as FreeSurfer defines.
  const [spacing, cosines, centre] = isGood
    ? [floats.slice(0, 3), floats.slice(3, 12), floats.slice(12, 15)]
    : [
        [1, 1, 1],
        [-1, 0, 0, 0, 0, -1, 0, 1, 0],
        [0, 0, 0],
      ];
  const header = emptyHeader(false);
  setDims(header, (frames ?? 1) > 1 ? [...dims, frames ?? 1] : dims);
  setType(header, code);
  setSpacing(header, 0, 1);
  for (const axis of [1, 2, 3]) setSpacing(header, axis, spacing[axis - 1] ?? 1);
  setSpacing(header, 4, 1);
  const matrix = [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) => (cosines[3 * column + row] ?? 0) * (spacing[column] ?? 1)),
  );
  setAffine(
    header,
    matrix.map((values, row) => [
      ...values,
      (centre[row] ?? 0) - values.reduce((sum, value, column) => sum + (value * (dims[column] ?? 1)) / 2, 0),
    ]),
  );
  return header;
};
