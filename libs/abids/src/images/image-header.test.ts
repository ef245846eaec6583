import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { imageHeadBytes, imageTailBytes, readImageHeader } from "./image-header.ts";

type Options = {
  readonly dims?: readonly number[];
  readonly spacing?: readonly number[];
  readonly type?: readonly [code: number, bits: number];
  readonly units?: number;
  readonly offset?: number;
  readonly sform?: readonly (readonly number[])[];
  readonly quaternion?: readonly [number, number, number];
  readonly handedness?: number;
  readonly big?: boolean;
};

const first = (options: Options = {}): Buffer => {
  const { dims = [4, 5, 6], spacing = [1, 2, 3], type = [4, 16], units = 2 | 8, big = false } = options;
  const view = new DataView(new ArrayBuffer(352));
  const little = !big;
  view.setInt32(0, 348, little);
  for (const [index, length] of [dims.length, ...dims].entries()) view.setInt16(40 + 2 * index, length, little);
  view.setInt16(70, type[0], little);
  view.setInt16(72, type[1], little);
  for (const [index, size] of [options.handedness ?? 1, ...spacing].entries())
    view.setFloat32(76 + 4 * index, size, little);
  view.setFloat32(108, options.offset ?? 352, little);
  view.setUint8(123, units);
  if (options.quaternion !== undefined) {
    view.setInt16(252, 1, little);
    for (const [index, part] of options.quaternion.entries()) view.setFloat32(256 + 4 * index, part, little);
  }
  if (options.sform !== undefined) {
    view.setInt16(254, 1, little);
    for (const [row, values] of options.sform.entries())
      for (const [column, value] of values.entries()) view.setFloat32(280 + 16 * row + 4 * column, value, little);
  }
  const bytes = Buffer.from(view.buffer);
  bytes.write("n+1\0", 344, "latin1");
  return bytes;
};

const second = (dims: readonly number[]): Buffer => {
  const view = new DataView(new ArrayBuffer(544));
  view.setInt32(0, 540, true);
  view.setInt16(12, 16, true);
  view.setInt16(14, 32, true);
  for (const [index, length] of [dims.length, ...dims].entries())
    view.setBigInt64(16 + 8 * index, BigInt(length), true);
  for (const [index, size] of [1, 0.8, 0.8, 0.8].entries()) view.setFloat64(104 + 8 * index, size, true);
  view.setBigInt64(168, 544n, true);
  view.setInt32(500, 2 | 8, true);
  const bytes = Buffer.from(view.buffer);
  bytes.write("n+2\0\r\n\u001a\n", 4, "latin1");
  return bytes;
};

const voxels = (bytes: number): Buffer => Buffer.alloc(bytes);
const read = (file: Buffer, name = "sub-01_T1w.nii") => readImageHeader(name, file.subarray(0, 16_384), file.length);
const messages = (file: Buffer, name?: string): string =>
  read(file, name)
    .findings.map(({ message }) => message)
    .join("; ");

describe("an image header", () => {
  test("has dimensions, voxel size in mm, repetition time in s, type and orientation", () => {
    const file = Buffer.concat([first({ dims: [4, 4, 4, 8], spacing: [3, 3, 3.5, 0.8] }), voxels(1024)]);
    expect(read(file)).toEqual({
      image: { dims: [4, 4, 4, 8], voxelSize: [3, 3, 3.5], repetitionTime: 0.8, datatype: "int16", orientation: null },
      findings: [],
    });
  });

  test("is read from a gzipped file and in big-endian order", () => {
    const file = Buffer.concat([first({ big: true }), voxels(240)]);
    expect(read(gzipSync(file), "sub-01_T1w.nii.gz").image).toMatchObject({ dims: [4, 5, 6], voxelSize: [1, 2, 3] });
  });

  test("of NIfTI-2 is read too", () => {
    expect(read(Buffer.concat([second([10, 10, 10]), voxels(4000)]))).toEqual({
      image: {
        dims: [10, 10, 10],
        voxelSize: [0.8, 0.8, 0.8],
        repetitionTime: null,
        datatype: "float32",
        orientation: null,
      },
      findings: [],
    });
  });

  test.each([
    ["metres and milliseconds", 1 | 16, [0.001, 0.001, 0.002, 2500], [1, 1, 2], 2.5],
    ["micrometres and microseconds", 3 | 24, [500, 500, 500, 2e6], [0.5, 0.5, 0.5], 2],
    ["no units", 0, [2, 2, 2, 3], [2, 2, 2], 3],
    ["a fourth axis of hertz", 2 | 32, [2, 2, 2, 3], [2, 2, 2], null],
  ])("in %s", (_, units, spacing, voxelSize, repetitionTime) => {
    const file = Buffer.concat([first({ dims: [2, 2, 2, 2], spacing, units }), voxels(32)]);
    expect(read(file).image).toMatchObject({ voxelSize, repetitionTime });
  });

  test.each([
    [
      "RAS",
      {
        sform: [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
          [0, 0, 1, 0],
        ],
      },
    ],
    [
      "LPS",
      {
        sform: [
          [-1, 0, 0, 0],
          [0, -1, 0, 0],
          [0, 0, 1, 0],
        ],
      },
    ],
    [
      "PSR",
      {
        sform: [
          [0, 0.1, 1, 0],
          [-1, 0, 0, 0],
          [0, 1, 0.1, 0],
        ],
      },
    ],
    ["RAS", { quaternion: [0, 0, 0] }],
    ["LPS", { quaternion: [0, 0, 1] }],
    ["RAI", { quaternion: [0, 0, 0], handedness: -1 }],
  ] satisfies [string, Options][])("points to %s", (orientation, options) => {
    expect(read(Buffer.concat([first(options), voxels(240)])).image?.orientation).toBe(orientation);
  });

  test("of a real scan is read", () => {
    const path = join(
      import.meta.dirname,
      "../../../../examples/datasets/colin-mini/sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz",
    );
    const { image, findings } = read(readFileSync(path), path);
    expect(findings).toEqual([]);
    expect(image?.dims).toHaveLength(3);
  });
});

describe("a broken header", () => {
  test.each([
    ["an empty file", Buffer.alloc(0), "is empty"],
    ["a few bytes", Buffer.from("ab"), "ends before its header does"],
    ["half a header", first().subarray(0, 200), "ends in its header"],
    ["text", Buffer.from("This is not an image, but it has some length."), "is not a NIfTI image"],
    ["compressed bytes under a plain name", gzipSync(first()), "is compressed"],
    ["no axes", first({ dims: [] }), "0 axes"],
    ["negative dimensions", first({ dims: [4, -4, 4] }), "4 × -4 × 4"],
    [
      "more voxels than the file holds",
      Buffer.concat([first({ dims: [512, 512, 512] }), voxels(10)]),
      "cannot hold all",
    ],
    ["an unknown type", Buffer.concat([first({ type: [3, 16] }), voxels(240)]), "unknown type 3"],
    ["bits that its type does not have", Buffer.concat([first({ type: [16, 16] }), voxels(480)]), "claims 16 bits"],
    ["voxels of no size", Buffer.concat([first({ spacing: [0, 1, 1] }), voxels(240)]), "size 0 × 1 × 1"],
    ["voxels inside of the header", Buffer.concat([first({ offset: 10 }), voxels(240)]), "inside of its header"],
  ])("of %s is a finding", (_, file, message) => expect(messages(file)).toContain(message));

  test.each([
    ["plain bytes", first(), "is not compressed with gzip"],
    [
      "a damaged stream",
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), Buffer.alloc(600, 0xff)]),
      "cannot be decompressed",
    ],
    ["a stream that is cut off", gzipSync(first()).subarray(0, 20), "ends "],
    ["a claim beyond what gzip could hold", gzipSync(first({ dims: [32_000, 32_000, 32_000] })), "cannot hold all"],
  ])("of %s under a compressed name is a finding", (_, file, message) =>
    expect(messages(file, "sub-01_T1w.nii.gz")).toContain(message),
  );

  /** Voxels that do not compress, so that the compressed file is longer than what is read of its beginning. */
  const noise = randomBytes(2 * 40 ** 3);
  const large = gzipSync(Buffer.concat([first({ dims: [40, 40, 40] }), noise]));
  const withTail = (file: Buffer) =>
    readImageHeader("a_T1w.nii.gz", file.subarray(0, imageHeadBytes), file.length, file.subarray(-imageTailBytes))
      .findings.map(({ message }) => message)
      .join("; ");

  test.each([
    ["half of it", large.length / 2],
    ["a twentieth more than its beginning", imageHeadBytes * 1.05],
    ["all but one byte", large.length - 1],
    ["all but the trailer", large.length - 8],
  ])("of a compressed image of which %s is there is a finding", (_, length) => {
    expect(withTail(large)).toBe("");
    expect(withTail(large.subarray(0, Math.floor(length)))).toMatch(
      /claims 40 × 40 × 40 voxels, .* cut off or damaged/,
    );
  });

  test("of a small compressed image that is cut off is a finding, though its beginning is all of it", () => {
    const small = gzipSync(Buffer.concat([first({ dims: [10, 10, 10] }), randomBytes(2_000)]));
    expect(messages(small, "sub-01_T1w.nii.gz")).toBe("");
    expect(messages(small.subarray(0, 1_500), "sub-01_T1w.nii.gz")).toContain("cut off or damaged");
  });

  test("is believed where the end of the file says nothing: a hole, or a format of many members", () => {
    const half = large.subarray(0, large.length / 2);
    expect(withTail(Buffer.concat([half, Buffer.alloc(64)]))).toBe("");
    const members = Buffer.from(half);
    members.writeUInt8(4, 3);
    expect(withTail(members)).not.toContain("cut off");
  });

  test("behind a gzip bomb costs little", () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
    const before = process.memoryUsage().arrayBuffers;
    expect(messages(bomb, "bomb.nii.gz")).toContain("is not a NIfTI image");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
  });

  test("behind a long name in the gzip header is found", () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);
    const file = Buffer.concat([
      header,
      Buffer.alloc(3_000, 97),
      Buffer.from([0]),
      deflateRawSync(Buffer.concat([first(), voxels(240)])),
    ]);
    expect(read(file, "x.nii.gz").image?.dims).toEqual([4, 5, 6]);
  });
});
