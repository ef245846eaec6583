import { expect, test } from "vitest";
import { layOut, type Pixels } from "./lay-out.ts";
import { readSlices } from "./read-slices.ts";
import { type MadeImage, madeImage } from "./testing/made-image.ts";

const pixelsOf = async (image: MadeImage): Promise<Pixels> =>
  layOut(
    await readSlices(
      (async function* () {
        yield madeImage(image);
      })(),
      false,
    ),
  );

/** All 48 ways in which three axes can point to right or left, front or back, above or below. */
const orientations = ["LR", "PA", "IS"].flatMap((first) =>
  ["LR", "PA", "IS"]
    .filter((second) => second !== first)
    .flatMap((second) => {
      const third = ["LR", "PA", "IS"].find((one) => one !== first && one !== second) ?? "";
      return [...first].flatMap((a) => [...second].flatMap((b) => [...third].map((c) => a + b + c)));
    }),
);

/** How far from the left, the back and the bottom a voxel is, from 0 to 2. */
const inWorld = (index: readonly number[], orientation: string): number[] =>
  ["LR", "PA", "IS"].map((ends) => {
    const axis = [...orientation].findIndex((letter) => ends.includes(letter));
    const at = index[axis] ?? 0;
    return ends.indexOf(orientation[axis] ?? "") === 1 ? at : 2 - at;
  });

const headOf = (orientation: string): MadeImage => ({
  dims: [3, 3, 3],
  orientation,
  value: (index) => {
    const [right = 0, front = 0, up = 0] = inWorld(index, orientation);
    return right + 10 * front + 100 * up;
  },
});

test("a head looks the same however it is stored", async () => {
  const bytes = Buffer.from((await pixelsOf(headOf("RAS"))).data.buffer);
  expect(orientations).toHaveLength(48);
  const others: string[] = [];
  for (const orientation of orientations)
    if (!Buffer.from((await pixelsOf(headOf(orientation))).data.buffer).equals(bytes)) others.push(orientation);
  expect(others).toEqual([]);
});

test("right is on the right, the front is right of the back or above it, and up is up", async () => {
  const { width, data } = await pixelsOf(headOf("RAS"));
  const grey = (x: number, y: number): number => data[(y * width + x) * 4] ?? 0;
  // Three squares of 176 pixels, 4 between them.
  const [sagittal, coronal, axial] = [0, 180, 360];
  for (const [left, lowIsLeft] of [sagittal, coronal, axial].entries())
    expect(grey(lowIsLeft + 170, 88), `slice ${left}`).toBeGreaterThan(grey(lowIsLeft + 5, 88));
  for (const left of [sagittal, coronal, axial]) expect(grey(left + 88, 5)).toBeGreaterThan(grey(left + 88, 170));
});

test("voxels have the shape that they have in the world", async () => {
  const { width, height } = await pixelsOf({ dims: [10, 20, 5], spacing: [2, 1, 4], value: ([x]) => x });
  // Every side is 20 mm long.
  expect({ width, height }).toEqual({ width: 3 * 176 + 8, height: 176 });
});

test("sizes that make no sense are bounded", async () => {
  const { width, height } = await pixelsOf({ dims: [3, 3, 3], spacing: [1e30, Number.NaN, 1e-30], value: ([x]) => x });
  expect(width).toBeLessThanOrEqual(3 * 264 + 8);
  expect(height).toBe(176);
});

test("a bright point leaves the rest visible, and a mask is black and white", async () => {
  const bright = await pixelsOf({
    dims: [21, 21, 21],
    value: ([x, y, z]) => (x === 10 && y === 10 && z === 10 ? 1e6 : x),
  });
  expect(Math.max(...bright.data.filter((_, at) => at % 4 === 0 && at > 4 * 400))).toBe(255);
  const greys = new Set(bright.data.filter((_, at) => at % 4 === 0));
  expect(greys.size).toBeGreaterThan(50);
  const mask = await pixelsOf({
    dims: [40, 40, 40],
    datatype: 2,
    value: ([x, y, z]) => (x === 20 && y === 20 && z === 20 ? 1 : 0),
  });
  expect(Math.max(...mask.data.filter((_, at) => at % 4 === 0))).toBeGreaterThan(200);
});

test("what is no number is black", async () => {
  const { data } = await pixelsOf({
    dims: [4, 4, 4],
    value: ([x]) => [Number.NaN, Number.POSITIVE_INFINITY, 1, 2][x] ?? 0,
  });
  expect([...data].every(Number.isFinite)).toBe(true);
});

test("colours stay what they are", async () => {
  const { data } = await pixelsOf({ dims: [3, 3, 3], datatype: 128, value: () => 200 });
  const [red, green, blue] = data;
  expect({ red, green, blue }).toEqual({ red: 200, green: 0, blue: 0 });
});

test("a series has a second row", async () => {
  const { height } = await pixelsOf({ dims: [3, 3, 3, 3], value: ([x], time) => x + time });
  expect(height).toBe(2 * 176 + 4);
});
