import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readToEnd } from "./read-to-end.ts";

const example = new URL("../../../../../examples/datasets/colin-mini", import.meta.url).pathname;
const path = "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz";

let folder: string;
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-"));
  await cp(example, folder, { recursive: true });
  whole = await readFile(join(folder, path));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is found in the image when it has this content, by its beginning and end and by reading all of it. */
const foundIn = async (content: Uint8Array): Promise<{ quick: string[]; deep: string[] }> => {
  await writeFile(join(folder, path), content);
  const file = [...indexFolder(folder, { tables: true })].find((one) => one.path === path);
  if (file === undefined) throw new Error(`${path} is not listed`);
  const quick = file.findings.filter(({ rule }) => rule === "bad-image").map(({ message }) => message);
  return { quick, deep: (await readToEnd(folder, file)).map(({ message }) => message) };
};

test("an image that is whole is not a finding", async () => {
  expect(await foundIn(whole)).toEqual({ quick: [], deep: [] });
});

test("an image that was cut off is found by its end, and when it is read", async () => {
  const { quick, deep } = await foundIn(whole.subarray(0, whole.length / 2));
  expect(quick).toEqual([expect.stringMatching(/claims .* voxels, \d+ bytes, but .* cut off or damaged/)]);
  expect(deep).toEqual([expect.stringMatching(/^cannot be decompressed to its end: it is cut off, after \d+ bytes$/)]);
});

test("a damage in the middle is found only by reading it", async () => {
  // Stored without compression, so that other bytes are still a valid stream.
  const stored = gzipSync(gunzipSync(whole), { level: 0 });
  const at = stored.length >> 1;
  stored.set(randomBytes(64), at);
  expect(await foundIn(stored)).toEqual({
    quick: [],
    deep: [expect.stringMatching(/^cannot be decompressed to its end: its checksum is another one, after \d+ bytes$/)],
  });
});

test("an image of many members that ends early is found by counting", async () => {
  const image = gunzipSync(whole);
  const { deep } = await foundIn(
    Buffer.concat([gzipSync(image.subarray(0, 1_000)), gzipSync(image.subarray(1_000, 9_000))]),
  );
  expect(deep).toEqual([expect.stringMatching(/^has 9000 bytes, which are less than the \d+ of the voxels/)]);
});
