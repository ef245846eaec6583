import { expect, test } from "vitest";
import { createBuffer } from "./message-buffer.ts";

test("what waits is taken together up to a number and about a weight, and never less than one", async () => {
  const buffer = createBuffer<number>((weight) => weight, 10);
  for (const weight of [1, 2, 8, 100, 3, 3, 3]) buffer.put(weight);
  expect(await buffer.take(2)).toEqual([1, 2]);
  expect(await buffer.take(5)).toEqual([8, 100]);
  expect(await buffer.take(5)).toEqual([3, 3, 3]);
  buffer.put(100);
  expect(await buffer.take(5)).toEqual([100]);
});
