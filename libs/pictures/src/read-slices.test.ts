import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { NoPicture, readSlices } from "./read-slices.ts";
import { madeImage, madeTypes } from "./testing/made-image.ts";

/** A file that comes in chunks of a size that divides nothing. */
const streamOf = async function* (file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 997) yield file.subarray(at, at + 997);
};
const read = (file: Uint8Array, isCompressed = false) => readSlices(streamOf(file), isCompressed);

/** A number that says where a voxel is. */
const place = ([x, y, z]: readonly [number, number, number]): number => x + 5 * y + 30 * z;
const dims = [5, 6, 4];

test("the middle slice along each axis is read, row by row", async () => {
  const { slices, orientation, spacing } = await read(madeImage({ dims, spacing: [1, 2, 3], value: place }));
  expect({ orientation, spacing }).toEqual({ orientation: "RAS", spacing: [1, 2, 3] });
  const along = (length: number) => Array.from({ length }, (_, index) => index);
  expect(slices.map(({ axes, width, height, values }) => ({ axes, width, height, values: [...values] }))).toEqual([
    { axes: [1, 2], width: 6, height: 4, values: along(4).flatMap((z) => along(6).map((y) => place([2, y, z]))) },
    { axes: [0, 2], width: 5, height: 4, values: along(4).flatMap((z) => along(5).map((x) => place([x, 3, z]))) },
    { axes: [0, 1], width: 5, height: 6, values: along(6).flatMap((y) => along(5).map((x) => place([x, y, 2]))) },
  ]);
});

describe("the same slices are read", () => {
  const value = (index: readonly [number, number, number]) => place(index) % 100;
  const expected = read(madeImage({ dims, value }));
  test.each(madeTypes.flatMap((datatype) => [true, false].map((littleEndian) => ({ datatype, littleEndian }))))(
    "of voxels of the type $datatype, lowest byte first: $littleEndian",
    async (options) => {
      const { slices } = await read(madeImage({ dims, value, ...options }));
      const known = (await expected).slices;
      for (const [at, slice] of slices.entries()) {
        const values = slice.channels === 1 ? slice.values : slice.values.filter((_, index) => index % 3 === 0);
        expect(values.length).toBe(known[at]?.values.length);
        for (const [index, found] of values.entries()) expect(found).toBeCloseTo(known[at]?.values[index] ?? -1, 4);
      }
    },
  );

  test("of a compressed file", async () => {
    expect(await read(gzipSync(madeImage({ dims, value })), true)).toEqual(await expected);
  });

  test("behind an extension of the header", async () => {
    const plain = madeImage({ dims, value });
    const moved = Buffer.concat([plain.subarray(0, 352), Buffer.alloc(5_000, 7), plain.subarray(352)]);
    moved.writeFloatLE(5_352, 108);
    expect(await read(moved)).toEqual(await expected);
  });
});

test("a series shows its mean, and the mean by the standard deviation of its scaled values", async () => {
  const times = [1, 2, 6];
  const image = madeImage({
    ...{ dims: [3, 3, 3, 3], datatype: 4, slope: 2, intercept: 10 },
    value: ([x], time) => (x === 0 ? 5 : (times[time] ?? 0)),
  });
  const { slices } = await read(image);
  const [, coronal] = slices;
  // 12, 14 and 22 have a mean of 16 and a variance of 28; what never changes has no noise.
  expect([...(coronal?.values.subarray(0, 3) ?? [])]).toEqual([20, 16, 16]);
  const [still, moving] = coronal?.signalToNoise ?? [];
  expect(still).toBe(0);
  expect(moving).toBeCloseTo(16 / Math.sqrt(28), 10);
});

test("a series that ends early shows the volumes that are there", async () => {
  const image = madeImage({ dims: [3, 3, 3, 4], datatype: 2, value: (_, time) => time });
  const { slices } = await read(image.subarray(0, 352 + 27 * 2 + 5));
  expect([...new Set(slices[2]?.values)]).toEqual([0.5]);
});

test("a flat image has the one slice that shows something", async () => {
  const { slices } = await read(madeImage({ dims: [4, 5], value: place }));
  expect(slices.map(({ axes }) => axes)).toEqual([[0, 1]]);
});

describe("there is no picture", () => {
  const changed = (change: (file: Buffer) => void, options = {}): Buffer => {
    const file = madeImage({ dims, ...options });
    change(file);
    return file;
  };
  test.each([
    ["of nothing", Buffer.alloc(0), "The image ends before its header does."],
    ["of a file that is no image", Buffer.alloc(4_000, 65), "The image is not a NIfTI image"],
    ["of an image without its voxels", madeImage({ dims }).subarray(0, 400), "ends before its first volume"],
    ["of points on a surface", madeImage({ dims: [1, 1, 1, 1, 5, 7] }), "its data is not a volume"],
    ["of single bits", changed((file) => file.writeInt16LE(1, 70)), "Voxels of the type binary are not drawn."],
    ["of a type that nobody knows", changed((file) => file.writeInt16LE(999, 70)), "the type 999"],
    ["of an axis without voxels", changed((file) => file.writeInt16LE(0, 44)), "an axis without voxels"],
    ["of an axis of less than nothing", changed((file) => file.writeInt16LE(-5, 44)), "an axis without voxels"],
    ["of voxels before the file", changed((file) => file.writeFloatLE(-1e9, 108)), "no place for the voxels"],
    ["of voxels nowhere", changed((file) => file.writeFloatLE(Number.NaN, 108)), "no place for the voxels"],
    [
      "of slices that no memory holds",
      changed((file) => {
        for (const at of [42, 44, 46]) file.writeInt16LE(32_767, at);
      }),
      "too large to be drawn",
    ],
    ["of a header whose voxels are elsewhere", changed((file) => file.write("ni1\0", 344, "latin1")), "another file"],
  ])("%s", async (_, file, reason) => {
    await expect(read(file)).rejects.toThrow(NoPicture);
    await expect(read(file)).rejects.toThrow(reason);
  });

  test.each([
    ["cut off", gzipSync(madeImage({ dims: [40, 40, 40], value: place })).subarray(0, 2_000)],
    ["damaged", Buffer.concat([gzipSync(madeImage({ dims })).subarray(0, 60), Buffer.alloc(500, 255)])],
    ["not compressed at all", madeImage({ dims })],
  ])("of a compressed file that is %s", async (_, file) => {
    await expect(read(file, true)).rejects.toThrow("The image cannot be decompressed.");
  });
});
