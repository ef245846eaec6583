import type { Finding } from "@rollerblade/errors";
import { firstBytes, headerBytes } from "./first-bytes.ts";
import { gzipTrailerBytes, inflatedSizeOf } from "./gzip-trailer.ts";
import { faultsOfHeader } from "./header-faults.ts";
import { orientationOf } from "./orientation.ts";
import { type RawHeader, readRawHeader, voxelTypes } from "./raw-header.ts";

/** The fields of an image header by which queries search: `image.dims`, `image.voxelSize` … */
export type ImageFacts = {
  /** Numbers of voxels along each axis; the fourth is time. */
  readonly dims: readonly number[];
  /** Millimetres along the first three axes. */
  readonly voxelSize: readonly number[];
  /** Seconds from one volume to the next; null for a single volume or another unit than of time. */
  readonly repetitionTime: number | null;
  /** For example `int16`. */
  readonly datatype: string;
  /** Where the axes point to, for example `RAS`; null when the header does not define it. */
  readonly orientation: string | null;
};

/** The header of an image; with findings it may be null. */
export type ReadImage = { readonly image: ImageFacts | null; readonly findings: readonly Finding[] };

/** Whether the file's name is that of an image with a header that is read. */
export const hasImageHeader = (path: string): boolean => path.endsWith(".nii") || path.endsWith(".nii.gz");

/** Bytes of the beginning of an image file that `readImageHeader` needs. */
export const imageHeadBytes = headerBytes;

/** Bytes of the end of an image file by which it shows that it is whole. */
export const imageTailBytes = gzipTrailerBytes;

/** Bytes of the voxels alone that an image has; null for a type that is not known. */
export const voxelBytesOf = ({ dims, datatype }: Pick<ImageFacts, "dims" | "datatype">): number | null => {
  const bits = Object.values(voxelTypes).find(([name]) => name === datatype)?.[1];
  return bits === undefined ? null : Math.ceil((dims.reduce((product, length) => product * length, 1) * bits) / 8);
};

/**
 * Reads the header of a NIfTI-1 or NIfTI-2 image, gzipped or not, from the first bytes of the file. Never throws, and
 * inflates no more than the header needs: a gzip bomb costs nothing. `size` is that of the whole file, against which
 * the header is held, and `tail` its last bytes (`imageTailBytes`), by which a gzipped file shows that it is whole.
 * @see https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
 */
export const readImageHeader = (
  where: string,
  head: Uint8Array,
  size: number,
  tail: Uint8Array | null = null,
): ReadImage => {
  const { image, findings } = readWholeHeader(where, head, size, tail);
  return { image, findings };
};

/** The same with all fields of the header, which are null where nothing in it can be believed. */
export const readWholeHeader = (
  where: string,
  head: Uint8Array,
  size: number,
  tail: Uint8Array | null = null,
): ReadImage & { readonly raw: RawHeader | null } => {
  const first = firstBytes(where.endsWith(".gz"), head, size);
  if (first.fault !== null) return refuse(where, first.fault);
  const raw = readRawHeader(first.bytes);
  if (typeof raw === "string") return refuse(where, raw);
  const { fatal, faults } = faultsOfHeader(
    raw,
    size,
    where.endsWith(".gz"),
    inflatedSizeOf(head, head.length === size ? head.subarray(-gzipTrailerBytes) : tail),
  );
  const findings = [...fatal, ...faults].map((message) => ({ where, message }));
  return fatal.length > 0 ? { image: null, raw: null, findings } : { image: factsOf(raw), raw, findings };
};

const refuse = (where: string, message: string) => ({ image: null, raw: null, findings: [{ where, message }] });

const factsOf = (raw: RawHeader): ImageFacts => {
  const toMillimetres = { 1: 1000, 2: 1, 3: 0.001 }[raw.units & 0x07] ?? 1;
  return {
    dims: raw.dims,
    voxelSize: raw.spacing
      .slice(0, Math.min(3, raw.dims.length))
      .map((size) => rounded(Math.abs(size) * toMillimetres)),
    repetitionTime: repetitionTimeOf(raw),
    datatype: raw.datatype ?? String(raw.datatypeCode),
    orientation: orientationOf(raw),
  };
};

/** Units of the fourth axis: seconds, milliseconds, microseconds; an unset unit counts as seconds. */
const toSeconds: Readonly<Record<number, number>> = { 0: 1, 8: 1, 16: 1e-3, 24: 1e-6 };

const repetitionTimeOf = ({ dims, spacing, units }: RawHeader): number | null => {
  const factor = toSeconds[units & 0x38];
  const step = spacing[3] ?? 0;
  return dims.length < 4 || (dims[3] ?? 1) < 2 || factor === undefined || !(step > 0) ? null : rounded(step * factor);
};

/** Headers hold 32-bit numbers: 0.8 is stored as 0.800000011920929, which nobody would search for. */
const rounded = (value: number): number => Number(value.toPrecision(7));
