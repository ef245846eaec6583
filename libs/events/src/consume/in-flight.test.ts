import { expect, test } from "vitest";
import { createBatchQueue } from "./in-flight.ts";

test("what waits is taken together up to a number and about a weight, and never less than one", async () => {
  const queue = createBatchQueue<number>((weight) => weight, 10);
  for (const weight of [1, 2, 8, 100, 3, 3, 3]) queue.put(weight);
  expect(await queue.take(2)).toEqual([1, 2]);
  expect(await queue.take(5)).toEqual([8, 100]);
  expect(await queue.take(5)).toEqual([3, 3, 3]);
  queue.put(100);
  expect(await queue.take(5)).toEqual([100]);
});
