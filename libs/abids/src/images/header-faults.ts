import { type RawHeader, voxelTypes } from "./raw-header.ts";

/** What is wrong with a header: with what is fatal nothing in it can be believed. */
export type HeaderFaults = { readonly fatal: readonly string[]; readonly faults: readonly string[] };

/** Limit of bytes that DEFLATE makes of one: 258 bytes from 2 bits (RFC 1951). */
const maxInflation = 1_032;

/**
 * Holds a header against itself and against the size of its file, in bytes.
 * @param inflatedSize bytes without the compression modulo 2³², as a gzip file says at its end; null where that is not known
 */
export const faultsOfHeader = (
  raw: RawHeader,
  size: number,
  compressed: boolean,
  inflatedSize: number | null = null,
): HeaderFaults => {
  const { axes, dims, offset, single } = raw;
  if (!(axes >= 1 && axes <= 7))
    return { fatal: [`has an impossible header: it claims ${axes} axes, not 1 to 7`], faults: [] };
  if (!dims.every((length) => Number.isSafeInteger(length) && length >= 1))
    return { fatal: [`has an impossible header: it claims ${dims.join(" × ")} voxels`], faults: [] };
  const faults = [...faultsOfType(raw), ...faultsOfSpacing(raw)];
  if (!single) return { fatal: [], faults: [...faults, "has its voxels in another file, which BIDS does not allow"] };
  if (!(offset >= (raw.version === 1 ? 352 : 544)))
    faults.push(`has voxels that begin at byte ${offset}, inside of its header`);
  const claimed = bytesClaimed(raw);
  if (claimed > (compressed ? size * maxInflation : size))
    faults.push(
      `claims ${dims.join(" × ")} voxels, ${claimed} bytes, of which a file of ${size} bytes cannot hold all`,
    );
  else if (inflatedSize !== null && inflatedSize !== claimed % 2 ** 32)
    faults.push(
      `claims ${dims.join(" × ")} voxels, ${claimed} bytes, but does not end as the gzip file of so many bytes: it is cut off or damaged`,
    );
  return { fatal: [], faults };
};

/** Bytes that a file with this header has at least, uncompressed: what stands before the voxels, and the voxels. */
export const bytesClaimed = ({ dims, offset, datatypeCode, bitsPerVoxel }: RawHeader): number => {
  const voxels = dims.reduce((product, length) => product * length, 1);
  return Math.max(0, offset) + Math.ceil((voxels * (voxelTypes[datatypeCode]?.[1] ?? bitsPerVoxel)) / 8);
};

const faultsOfType = ({ datatypeCode, bitsPerVoxel }: RawHeader): string[] => {
  const known = voxelTypes[datatypeCode];
  if (known === undefined) return [`has voxels of the unknown type ${datatypeCode}`];
  return known[1] === bitsPerVoxel
    ? []
    : [`claims ${bitsPerVoxel} bits for a voxel of type ${known[0]}, which has ${known[1]}`];
};

const faultsOfSpacing = ({ dims, spacing }: RawHeader): string[] => {
  const sizes = spacing.slice(0, Math.min(3, dims.length));
  return sizes.every((size) => Number.isFinite(size) && size !== 0)
    ? []
    : [`has voxels of the size ${sizes.join(" × ")}`];
};
