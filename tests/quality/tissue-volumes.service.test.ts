import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Case, cases, truthOf } from "./colin-mini.ts";
import { readScan, shaded } from "./image.ts";
import { type Written, writeImage } from "./nifti.ts";
import { type Ended, runAnalysis } from "./run-analysis.ts";

const volumesSchema = z.strictObject({
  brainVolume: z.number(),
  csf: z.number(),
  gm: z.number(),
  wm: z.number(),
  unit: z.literal("mL"),
});

const truthFile = (one: Case): Uint8Array => {
  const { dims, spacing, voxels } = truthOf(one);
  const rows = readScan(one.image).rows;
  return writeImage({ dims, spacing, rows, values: Float32Array.from(voxels) }, { type: "uint8" });
};

const measure = (one: Case, content: Uint8Array = readFileSync(one.image), parameters = {}): Promise<Ended> =>
  runAnalysis("tissue-volumes", {
    parameters,
    inputs: { t1w: { file: "t1w.nii.gz", content }, mask: { file: "mask.nii.gz", content: truthFile(one) } },
  });

const volumesOf = ({ code, stderr, outputs }: Ended): z.output<typeof volumesSchema> => {
  expect(code, stderr).toBe(0);
  return volumesSchema.parse(JSON.parse(outputs.get("volumes.json")?.toString() ?? ""));
};

const some = cases.filter(({ name }) =>
  ["sub-01_ses-baseline", "sub-07_ses-baseline", "sub-08_ses-baseline"].includes(name),
);
const [first] = some;
if (first === undefined) throw new Error("the example dataset has lost its first scan");

test("one head, scaled and shaded differently, has the same shares of tissue", async () => {
  const shares = [];
  for (const one of some) {
    const { brainVolume, csf, gm, wm } = volumesOf(await measure(one));
    expect(csf + gm + wm).toBeCloseTo(brainVolume, 1);
    expect(Math.abs(brainVolume / one.brainVolume - 1)).toBeLessThan(0.001);
    shares.push({ csf: csf / brainVolume, gm: gm / brainVolume, wm: wm / brainVolume });
  }
  for (const { csf, gm, wm } of shares) {
    expect(csf).toBeGreaterThan(0.1);
    expect(csf).toBeLessThan(0.2);
    expect(gm).toBeGreaterThan(0.4);
    expect(wm).toBeGreaterThan(0.37);
    expect(wm).toBeLessThan(0.45);
  }
  const spread = Math.max(...shares.map(({ gm }) => gm)) - Math.min(...shares.map(({ gm }) => gm));
  expect(spread).toBeLessThan(0.02);
});

test("uneven brightness is taken out, unless somebody wants it left in", async () => {
  const uneven: Written = shaded(readScan(first.image), 0.2);
  const content = writeImage(uneven, { type: "float32" });
  const plain = volumesOf(await measure(first));
  const corrected = volumesOf(await measure(first, content));
  const left = volumesOf(await measure(first, content, { biasOrder: 0 }));
  const moved = (found: typeof plain): number =>
    (Math.abs(found.csf - plain.csf) + Math.abs(found.gm - plain.gm) + Math.abs(found.wm - plain.wm)) /
    plain.brainVolume;
  expect(moved(corrected)).toBeLessThan(0.01);
  expect(moved(left)).toBeGreaterThan(2 * moved(corrected));
});

test("the same input gives the same bytes, and the picture is a PNG", async () => {
  const [one, same] = [await measure(first), await measure(first)];
  for (const name of ["volumes.json", "segmentation.png"]) {
    expect(one.outputs.get(name)?.equals(same.outputs.get(name) ?? Buffer.alloc(0))).toBe(true);
  }
  expect([...one.outputs.keys()].sort()).toEqual(["segmentation.png", "volumes.json"]);
  const png = one.outputs.get("segmentation.png") ?? Buffer.alloc(0);
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBeGreaterThan(800);
});

test.each<[string, Uint8Array, RegExp]>([
  ["a mask of another image", emptyMask([20, 20, 20]), /The mask has 20 × 20 × 20 voxels, but the image 77 × 93 × 77/],
  ["an empty mask", emptyMask([77, 93, 77]), /only 0 voxels/],
  ["no image", gzipSync(Buffer.alloc(10)), /not NIfTI/],
])("bad input ends with 65 and one sentence: %s", async (_, mask, sentence) => {
  const { code, stderr } = await runAnalysis("tissue-volumes", {
    inputs: {
      t1w: { file: "t1w.nii.gz", content: readFileSync(first.image) },
      mask: { file: "mask.nii.gz", content: mask },
    },
  });
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(65);
});

function emptyMask(dims: readonly [number, number, number]): Uint8Array {
  const rows: Written["rows"] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const values = new Float32Array(dims[0] * dims[1] * dims[2]);
  return writeImage({ dims, spacing: [1, 1, 1], rows, values }, { type: "uint8" });
}
