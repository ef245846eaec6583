import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cases, truthOf } from "./colin-mini.ts";
import { dice } from "./dice.ts";
import { finer, noisy, readScan, shaded, type Turn, turnImage, turnMask } from "./image.ts";
import { type Mask, readMask, type Storage, type Written, writeImage } from "./nifti.ts";
import { runAnalysis } from "./run-analysis.ts";

const child = cases.find(({ subject }) => subject === "sub-08");
if (child === undefined) throw new Error("the example dataset has lost its child");
const scan = readScan(child.image);
const truth = truthOf(child);

const maskOf = async (content: Uint8Array, parameters = {}): Promise<Buffer> => {
  const { code, stderr, outputs } = await runAnalysis("brain-mask", {
    parameters,
    inputs: { t1w: { file: "t1w.nii.gz", content } },
  });
  expect(code, stderr).toBe(0);
  return outputs.get("mask.nii.gz") ?? Buffer.alloc(0);
};

/** The voxels of a mask whatever its header's form; they stand at the end. */
const voxelsOf = (packed: Buffer, like: Written): Mask => {
  const bytes = gunzipSync(packed);
  return { ...like, voxels: bytes.subarray(bytes.length - like.values.length) };
};

const plain: Storage = { type: "int16" };
const leftPosteriorInferior: Turn = [
  { from: 0, flip: true },
  { from: 1, flip: true },
  { from: 2, flip: true },
];
const sagittal: Turn = [
  { from: 1, flip: true },
  { from: 2, flip: true },
  { from: 0, flip: false },
];

describe("a mask is as good", () => {
  test.each<[string, Written, Storage]>([
    ["of 32-bit floating point numbers", scan, { type: "float32" }],
    ["of bytes with a slope and an intercept", scan, { type: "uint8", slope: 4.5, intercept: 10 }],
    ["of big-endian numbers", scan, { type: "int16", bigEndian: true }],
    ["of NIfTI-2", scan, { type: "float32", version: 2 }],
    ["of intensities that begin far above zero", { ...scan, values: scan.values.map((v) => v + 1_000) }, plain],
    ["of very small intensities", { ...scan, values: scan.values.map((v) => v / 1e6) }, { type: "float32" }],
    ["without any transformation in the header", scan, { type: "int16", transform: "none" }],
    ["with noise of a twentieth of white matter", noisy(scan, 22, 7), plain],
    ["with one side a third brighter", shaded(scan, 0.15), plain],
  ])("%s", async (_, image, storage) => {
    const mask = voxelsOf(await maskOf(writeImage(image, storage)), image);
    expect(dice(mask, truth)).toBeGreaterThan(0.955);
  });

  test.each<[string, Turn]>([
    ["towards the left, the back and the bottom", leftPosteriorInferior],
    ["in sagittal slices from the top", sagittal],
  ])("stored %s, and lies in the same space", async (_, turn) => {
    const image = turnImage(scan, turn);
    const packed = await maskOf(writeImage(image, plain));
    expect(dice(readMask(packed), turnMask(truth, turn))).toBeGreaterThan(0.955);
    const [given, made] = [gunzipSync(writeImage(image, plain)), gunzipSync(packed)];
    expect(made.subarray(252, 328)).toEqual(given.subarray(252, 328));
  });

  test("on voxels of 1.25 mm", async () => {
    const { values, ...box } = finer(scan, scan.values);
    const rows = scan.rows.map((row): readonly [number, number, number] => [row[0] / 2, row[1] / 2, row[2] / 2]);
    const fine = { ...box, values, rows };
    const wanted = { ...box, voxels: Uint8Array.from(finer(truth, truth.voxels).values) };
    expect(dice(readMask(await maskOf(writeImage(fine, plain))), wanted)).toBeGreaterThan(0.955);
  });
});

test("the same image gives the same bytes, another threshold others", async () => {
  const content = readFileSync(child.image);
  const [one, same, other] = [await maskOf(content), await maskOf(content), await maskOf(content, { threshold: 0.6 })];
  expect(one.equals(same)).toBe(true);
  expect(one.equals(other)).toBe(false);
  expect([...one.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
});

const dimsOf = (bytes: Buffer, dims: readonly number[]): void => {
  for (const [index, value] of dims.entries()) bytes.writeInt16LE(value, 40 + 2 * index);
};

const header = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = gunzipSync(writeImage(scan, plain));
  change(bytes);
  return gzipSync(bytes);
};

describe("bad input ends with 65 and one sentence:", () => {
  test.each<[string, Uint8Array, object, RegExp]>([
    ["not gzip", Buffer.from("hello"), {}, /cannot be unpacked/],
    ["cut off", readFileSync(child.image).subarray(0, 9_000), {}, /cannot be unpacked/],
    ["too short", gzipSync(gunzipSync(readFileSync(child.image)).subarray(0, 5_000)), {}, /ends after 5000 bytes/],
    ["not NIfTI", gzipSync(Buffer.alloc(4_000, 1)), {}, /is not NIfTI/],
    ["four volumes", header((bytes) => dimsOf(bytes, [4, 11, 93, 77, 7])), {}, /one volume/],
    ["a flat image", header((bytes) => bytes.writeInt16LE(1, 46)), {}, /three axes/],
    ["colours", header((bytes) => bytes.writeInt16LE(128, 70)), {}, /datatype 128/],
    ["no voxel size", header((bytes) => bytes.writeFloatLE(0, 80)), {}, /0\.1 to 10 mm/],
    ["an empty image", writeImage({ ...scan, values: new Float32Array(scan.values.length) }, plain), {}, /no head/],
    [
      "a threshold beyond its limits",
      readFileSync(child.image),
      { threshold: 2 },
      /"threshold" must be a number from 0\.1 to 0\.9/,
    ],
    ["a smoothing that is not a number", readFileSync(child.image), { smoothing: "3" }, /"smoothing" must be a number/],
  ])("%s", async (_, content, parameters, sentence) => {
    const { code, stderr, outputs } = await runAnalysis("brain-mask", {
      parameters,
      inputs: { t1w: { file: "t1w.nii.gz", content } },
    });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(65);
    expect(outputs.size).toBe(0);
  });
});
