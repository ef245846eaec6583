import { constants, gunzipSync } from "node:zlib";
import type { SourceFile } from "../source/source-file.ts";
import { formatOf, isCompressed } from "./image-format.ts";
import { mghHeader, mghVoxelOffset } from "./mgh.ts";
import {
  cleanHeader,
  hasOrientation,
  headerIn,
  isNifti,
  type NiftiHeader,
  offsetOf,
  setUnits,
  textsIn,
  voxelBytesIn,
} from "./nifti-header.ts";
import { orientedAs } from "./orientation.ts";

/** An image as a NIfTI header, cleaned of texts, and where its voxels are. */
export type ImageLayout = {
  readonly header: NiftiHeader;
  /** Bytes before the voxels in the (uncompressed) file that holds them. */
  readonly offset: number;
  /** Texts that the header held. */
  readonly texts: readonly string[];
  /** False where nobody knows where the axes point to. */
  readonly isOriented: boolean;
};

/** A loose image: one file, or a header and its voxels. */
export type ImageFiles = { readonly header: SourceFile; readonly voxels: SourceFile };

/** Bytes that hold any header, compressed or not. */
const headBytes = 4_096;

/**
 * Reads the header of a loose image. `orientation`: where the axes of an image without any point to (Analyze has none).
 * @throws Error that states what is wrong with it
 */
export const readLayout = async ({ header }: ImageFiles, orientation: string | null): Promise<ImageLayout> => {
  const head = await header.head(headBytes);
  const bytes = isCompressed(header.path) ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
  return layoutOf(header.path, bytes, orientation);
};

/** The same of bytes that were read. */
const layoutOf = (path: string, bytes: Buffer, orientation: string | null): ImageLayout => {
  if (formatOf(path) === "mgh") {
    const header = mghHeader(bytes);
    cleanHeader(header);
    setUnits(header);
    return { header, offset: mghVoxelOffset, texts: [], isOriented: true };
  }
  const header = headerIn(bytes);
  const texts = textsIn(header);
  const offset = Math.max(0, offsetOf(header));
  const oriented = hasOrientation(header);
  const usable = isNifti(header) ? header : orientedAs(header, orientation);
  if (isNifti(header) && !oriented && orientation !== null) orientedAs(header, orientation);
  cleanHeader(usable);
  setUnits(usable);
  return { header: usable, offset, texts, isOriented: oriented || orientation !== null };
};

/** The voxels of a loose image. @throws Error where the file ends before they do */
export const readVoxels = async ({ voxels }: ImageFiles, { header, offset }: ImageLayout): Promise<Buffer> => {
  const raw = await voxels.read();
  const bytes = isCompressed(voxels.path) ? gunzipSync(raw) : raw;
  const length = voxelBytesIn(header);
  if (bytes.length < offset + length)
    throw new Error(`${voxels.path} ends after ${bytes.length} of ${offset + length} bytes: it was cut off`);
  return bytes.subarray(offset, offset + length);
};
