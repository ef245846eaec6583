import { orientationOf } from "./orientation.ts";
import type { RawHeader } from "./raw-header.ts";

/** The header of an image as the schema's language speaks of it. */
export type ImageHeader = { readonly nifti: object | null; readonly gzip: object | null };

/** `nifti_header` and `gzip` of an image, from its header and its first bytes. */
export const headerView = (raw: RawHeader | null, head: Uint8Array): ImageHeader => ({
  nifti: raw === null ? null : niftiView(raw),
  gzip: gzipView(head),
});

const niftiView = (raw: RawHeader): object => ({
  dim: filled([raw.axes, ...raw.dims], 1),
  pixdim: filled([raw.handedness, ...raw.spacing], 0).map((size) => Math.round(size * 1_000) / 1_000),
  shape: raw.dims,
  voxel_sizes: raw.spacing.slice(0, raw.axes),
  xyzt_units: {
    xyz: ["unknown", "meter", "mm", "um"][raw.units & 0x03],
    t: ["unknown", "sec", "msec", "usec"][(raw.units >> 3) & 0x03],
  },
  qform_code: raw.qform.code,
  sform_code: raw.sform.code,
  axis_codes: orientationOf(raw)?.split("") ?? null,
});

const filled = (values: readonly number[], value: number): number[] =>
  Array.from({ length: 8 }, (_, index) => values[index] ?? value);

/** @see RFC 1952, 2.3 */
const gzipView = (head: Uint8Array): object | null => {
  if (head[0] !== 0x1f || head[1] !== 0x8b || head.length < 10) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const flags = view.getUint8(3);
  const start = flags & 0x04 && head.length >= 12 ? 12 + view.getUint16(10, true) : 10;
  const filename = flags & 0x08 ? textAt(head, start) : "";
  const comment = flags & 0x10 ? textAt(head, start + (flags & 0x08 ? filename.length + 1 : 0)) : "";
  return { timestamp: view.getUint32(4, true), filename, comment };
};

/** Latin-1 up to a NUL. */
const textAt = (head: Uint8Array, from: number): string => {
  const end = head.indexOf(0, from);
  return Buffer.from(head.subarray(from, end < 0 ? from : end)).toString("latin1");
};
