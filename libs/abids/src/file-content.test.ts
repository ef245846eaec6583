import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { faultOfContent } from "./file-content.ts";

const faultOf = (name: string, content: string | Buffer): Promise<string | undefined> => {
  const bytes = Buffer.from(content);
  return faultOfContent({
    name,
    size: bytes.length,
    read: async (from, length) => bytes.subarray(from, from + length),
  });
};

/** A NIfTI-1 image of `x` × 2 × 2 voxels of 16 bits, with so many of its bytes. */
const image = (x: number, bytes = 352 + x * 8): Buffer => {
  const whole = Buffer.alloc(352 + x * 8, 7).fill(0, 0, 352);
  whole.writeInt32LE(348, 0);
  for (const [index, length] of [3, x, 2, 2, 1, 1, 1, 1].entries()) whole.writeInt16LE(length, 40 + 2 * index);
  whole.writeInt16LE(4, 70);
  whole.writeInt16LE(16, 72);
  for (let index = 0; index < 8; index++) whole.writeFloatLE(1, 76 + 4 * index);
  whole.writeFloatLE(352, 108);
  whole.write("n+1\0", 344, "latin1");
  return whole.subarray(0, bytes);
};
const large = gzipSync(Buffer.concat([image(1_000), Buffer.alloc(1_000)]));
const noise = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * index * 31) % 251));

test.each<[string, string | Buffer]>([
  ["a.json", '{"a": 1}'],
  ["a.json", " 5 "],
  ["a.json", "\uFEFF{}"],
  ["a.tsv", "a\tb\n1\t2\n"],
  ["a.tsv", "a\tb\r\n1\tn/a\r\n\r\n"],
  ["a.tsv", "only"],
  ["a.tsv.gz", gzipSync("1\t2\n3\t4\n")],
  ["a.txt.gz", gzipSync("")],
  ["a.nii", image(4)],
  ["a.nii.gz", gzipSync(image(4))],
  ["a.nii.gz", large],
  ["two members.nii.gz", Buffer.concat([gzipSync(image(50, 400)), gzipSync(image(50).subarray(400))])],
  ["a.png", "whatever"],
  ["a.txt", "\0"],
])("%s is accepted (%#)", async (name, content) => {
  expect(await faultOf(name, content)).toBeUndefined();
});

test.each<[string, string, string | Buffer]>([
  ["a.png", "is empty (0 bytes)", ""],
  ["a.nii.gz", "is empty (0 bytes)", ""],
  ["a.json", "is not JSON: ", '{"a": 1'],
  ["a.json", "is not JSON: ", "volume: 5"],
  ["a.json", "NaN and Infinity are not JSON; write null", '{"a": NaN}'],
  ["a.json", "is not JSON: it is not UTF-8 text", Buffer.from([0x22, 0xff, 0x22])],
  ["a.tsv", "is not a table: line 3 has 1 cells, the first one 2", "a\tb\n1\t2\n3\n"],
  ["a.tsv", "is not a table: line 3 has 2 cells, the first one 1", "a\n\n1\tx\n"],
  ["a.tsv", "is empty: a table has at least one row", "\n\n"],
  ["a.tsv", "is not a table: it is not UTF-8 text", Buffer.from([0x61, 0xff])],
  ["a.tsv", "is not a table: it holds a NUL character", "a\0"],
  ["a.tsv.gz", "is not a table: line 2 has 1 cells, the first one 2", gzipSync("1\t2\n3\n")],
  ["a.tsv.gz", "is not compressed with gzip", "1\t2\n"],
  ["a.txt.gz", "is not a whole gzip file: unexpected end of file", gzipSync(noise).subarray(0, -9)],
  ["a.nii", "has 383 bytes of the 384 that its header claims", image(4, 383)],
  ["a.nii", "ends in its header, after 100 bytes", image(4, 100)],
  ["a.nii", "is not a NIfTI image", "no image"],
  ["a.nii.gz", "is not compressed with gzip, contrary to its name", image(4)],
  ["a.nii.gz", "is not a NIfTI image", gzipSync("no image")],
  ["a.nii.gz", "has 383 bytes of the 384 that its header claims", gzipSync(image(4, 383))],
  ["a.nii.gz", "is not a whole gzip file", gzipSync(Buffer.concat([image(30_000, 352), noise])).subarray(0, -9)],
])("%s is refused: %s (%#)", async (name, fault, content) => {
  expect(await faultOf(name, content)).toContain(fault);
});

test("of a file that is too long to be read to its end only the beginning counts", async () => {
  const read = async (from: number, length: number) => gzipSync(image(30_000, 352)).subarray(from, from + length);
  expect(await faultOfContent({ name: "a.nii.gz", size: 2 ** 30, read })).toBeUndefined();
  expect(await faultOfContent({ name: "a.json", size: 2 ** 30, read: async () => Buffer.from("x") })).toBeUndefined();
});
