import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { NiftiHeader } from "./nifti-header.ts";

const compress = promisify(gzip);

/**
 * Writes an image as `.nii.gz`: the header, no extension, the voxels. The same image has the same bytes at all times, since
 * the header of gzip holds neither a name nor a time.
 */
export const writeImage = ({ bytes }: NiftiHeader, voxels: readonly Buffer[]): Promise<Buffer> =>
  // Four bytes after the header state that no extension follows.
  compress(Buffer.concat([bytes, Buffer.alloc(4), ...voxels]), { level: 6 });

/** The beginning of that file without compression, as a check of its header needs it. */
export const writeHead = ({ bytes }: NiftiHeader): Buffer => Buffer.concat([bytes, Buffer.alloc(4)]);
