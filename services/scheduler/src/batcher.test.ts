import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createBatcher } from "./batcher.ts";

test("what comes while one batch is in hand makes the next one", async () => {
  const batches: number[][] = [];
  const double = createBatcher<number, number>({ most: 3 }, async (items) => {
    batches.push([...items]);
    await sleep(10);
    return items.map((item) => 2 * item);
  });
  const first = double(1);
  await sleep(1);
  const rest = [2, 3, 4, 5].map(double);
  expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});

test("calls of one moment go together", async () => {
  const sizes: number[] = [];
  const count = createBatcher<number, null>({ most: 100 }, async (items) => {
    sizes.push(items.length);
    return items.map(() => null);
  });
  await Promise.all([1, 2, 3].map(count));
  expect(sizes).toEqual([3]);
});

test("a bad item fails alone", async () => {
  const sizes: number[] = [];
  const work = createBatcher<string, string>({ most: 10 }, async (items) => {
    sizes.push(items.length);
    if (items.includes("bad")) throw new Error("no");
    return [...items];
  });
  const outcomes = await Promise.allSettled([work("good"), work("bad"), work("fine")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(sizes).toEqual([3, 1, 1, 1]);
});

test("in a flood batches wait longer, and become fewer and larger", async () => {
  const sizes: number[] = [];
  const count = createBatcher<number, null>({ most: 100, linger: 20 }, async (items) => {
    sizes.push(items.length);
    return items.map(() => null);
  });
  const calls: Promise<null>[] = [];
  for (let at = 0; at < 60; at++) {
    calls.push(count(at));
    await sleep(5);
  }
  await Promise.all(calls);
  // At a steady 20 ms each it would be some fifteen.
  expect(sizes.length).toBeLessThan(12);
  expect(Math.max(...sizes)).toBeGreaterThan(sizes[1] ?? 0);
});

test("under load a batch waits a little for more, and the first one never", async () => {
  const sizes: number[] = [];
  const count = createBatcher<number, null>({ most: 100, linger: 20 }, async (items) => {
    sizes.push(items.length);
    return items.map(() => null);
  });
  await count(0);
  const second = count(1);
  await sleep(5);
  await Promise.all([second, count(2)]);
  expect(sizes).toEqual([1, 2]);
});
