import { gzipSync } from "node:zlib";
import { FIELDS } from "./nifti-header.js";

const UINT8 = 2;

/**
 * A mask as `.nii.gz` in the space of the image that it was made from. The same mask gives the same bytes.
 * @param {import("./nifti-image.js").Image} image
 * @param {Uint8Array} mask
 * @returns {Buffer}
 */
export const packMask = (image, mask) => {
  const header = maskHeader(image);
  return gzipSync(Buffer.concat([header, mask]), { level: 6 });
};

/** The image's header with the type, range and scaling of a mask, without extensions. @param {import("./nifti-image.js").Image} image */
const maskHeader = ({ header: { version, littleEndian }, headerBytes }) => {
  const at = FIELDS[version];
  const bytes = Buffer.alloc(at.size + 4);
  headerBytes.copy(bytes, 0, 0, at.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @param {string} field @param {number} value */
  const real = (field, value) =>
    version === 1 ? view.setFloat32(at[field], value, littleEndian) : view.setFloat64(at[field], value, littleEndian);
  view.setInt16(at.datatype, UINT8, littleEndian);
  view.setInt16(at.bits, 8, littleEndian);
  if (version === 1) view.setFloat32(at.offset, bytes.length, littleEndian);
  else view.setBigInt64(at.offset, BigInt(bytes.length), littleEndian);
  real("slope", 1);
  real("intercept", 0);
  real("calMax", 1);
  real("calMin", 0);
  bytes.fill(0, at.description, at.description + 80).write("brain mask", at.description, "latin1");
  return bytes;
};
