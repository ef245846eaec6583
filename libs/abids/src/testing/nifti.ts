/** What a made header of a NIfTI-1 image states. */
export type MadeHeader = {
  /** @default [4, 4, 4] */
  readonly dims?: readonly number[];
  /** Seconds between two volumes. @default 2 */
  readonly repetitionTime?: number;
  /** Millimetres. @default 1 */
  readonly spacing?: number;
  /** `xyzt_units`. @default 10, millimetres and seconds */
  readonly units?: number;
  /** `qform_code` and `sform_code`; the axes point to the right, front and top. @default 1 */
  readonly formCode?: number;
};

/** Makes a header of an image of 8-bit numbers, for tests. */
export const niftiHeader = ({
  dims = [4, 4, 4],
  repetitionTime = 2,
  spacing = 1,
  units = 10,
  formCode = 1,
}: MadeHeader = {}): Buffer => {
  const bytes = Buffer.alloc(352);
  bytes.writeInt32LE(348, 0);
  for (const [at, size] of [dims.length, ...dims, 1, 1, 1, 1, 1, 1].slice(0, 8).entries())
    bytes.writeInt16LE(size, 40 + 2 * at);
  bytes.writeInt16LE(2, 70);
  bytes.writeInt16LE(8, 72);
  for (const [at, size] of [1, spacing, spacing, spacing, repetitionTime].entries())
    bytes.writeFloatLE(size, 76 + 4 * at);
  bytes.writeFloatLE(352, 108);
  bytes.writeUInt8(units, 123);
  bytes.writeInt16LE(formCode, 252);
  bytes.writeInt16LE(formCode, 254);
  for (const row of [0, 1, 2]) bytes.writeFloatLE(spacing, 280 + 16 * row + 4 * row);
  bytes.write("n+1\0", 344, "latin1");
  return bytes;
};
