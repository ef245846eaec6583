import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** What a made image is like. */
export type MadeImage = {
  readonly dims?: readonly number[];
  readonly seed?: number;
  /** Seconds between volumes as the header states them. */
  readonly step?: number;
};

/** Voxels of 16 bits, as they follow from the seed and the number of the voxel. */
const voxels = (dims: readonly number[], seed: number, isLittle: boolean): Buffer => {
  const count = dims.reduce((product, length) => product * length, 1);
  const bytes = Buffer.alloc(count * 2);
  for (let index = 0; index < count; index++) {
    const value = (seed * 7 + index * 13) % 1_000;
    if (isLittle) bytes.writeInt16LE(value, index * 2);
    else bytes.writeInt16BE(value, index * 2);
  }
  return bytes;
};

const headerOf = (dims: readonly number[], step: number, isLittle: boolean, magic: string): Buffer => {
  const bytes = Buffer.alloc(magic === "n+1" ? 352 : 348);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setInt32(0, 348, isLittle);
  for (const [at, size] of [dims.length, ...dims, 1, 1, 1, 1].slice(0, 8).entries())
    view.setInt16(40 + 2 * at, size, isLittle);
  view.setInt16(70, 4, isLittle);
  view.setInt16(72, 16, isLittle);
  for (const [at, size] of [1, 2, 2, 2, step].entries()) view.setFloat32(76 + 4 * at, size, isLittle);
  view.setFloat32(108, magic === "n+1" ? 352 : 0, isLittle);
  if (magic === "") return bytes;
  bytes.write(`${magic}\0`, 344, "latin1");
  view.setUint8(123, 10);
  view.setInt16(254, 1, isLittle);
  for (const row of [0, 1, 2]) view.setFloat32(280 + 20 * row, 2, isLittle);
  bytes.write("a text that nobody needs", 148, "latin1");
  return bytes;
};

/** `.nii.gz`, one file. */
export const madeNifti = ({ dims = [4, 4, 3], seed = 1, step = dims.length > 3 ? 2 : 0 }: MadeImage = {}): Buffer =>
  gzipSync(Buffer.concat([headerOf(dims, step, true, "n+1"), voxels(dims, seed, true)]), { level: 1 });

/** A header and its voxels, as Analyze (big-endian, as old scanners wrote) or as a pair of NIfTI. */
export const madePair = (
  kind: "analyze" | "nifti",
  { dims = [4, 4, 3, 1], seed = 1 }: MadeImage = {},
): { hdr: Buffer; img: Buffer } => ({
  hdr: headerOf(dims, 0, kind === "nifti", kind === "nifti" ? "ni1" : ""),
  img: voxels(dims, seed, kind === "nifti"),
});

/** `.mgz` of FreeSurfer: big-endian, one millimetre, coronal. */
export const madeMgz = ({ dims = [4, 4, 3], seed = 1 }: MadeImage = {}): Buffer => {
  const header = Buffer.alloc(284);
  header.writeInt32BE(1, 0);
  for (const [at, size] of [...dims.slice(0, 3), dims[3] ?? 1].entries()) header.writeInt32BE(size, 4 + 4 * at);
  header.writeInt32BE(4, 20);
  return gzipSync(Buffer.concat([header, voxels(dims, seed, false)]));
};

/** Writes files below a folder. */
export const writeFiles = (folder: string, files: Readonly<Record<string, string | Buffer>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
};

/** A tar (POSIX ustar) of files; the names may be anything. */
export const tarOf = (files: Readonly<Record<string, string | Buffer>>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, content]) => {
      const body = Buffer.from(content);
      const header = Buffer.alloc(512);
      header.write(name, 0, 100, "utf8");
      header.write("0000644\0", 100);
      header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
      header.write("0", 156);
      header.write("ustar\x0000", 257, "latin1");
      header.fill(0x20, 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
      return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
    }),
    Buffer.alloc(1_024),
  ]);
