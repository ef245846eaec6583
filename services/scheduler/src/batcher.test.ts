import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type BatchOptions, createBatcher } from "./batcher.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A batcher that notes the sizes of its batches and when they were handled, in milliseconds since the test began. */
const observed = (options: BatchOptions) => {
  const begin = performance.now();
  const sizes: number[] = [];
  const times: number[] = [];
  const add = createBatcher<number, null>(options, async (items) => {
    sizes.push(items.length);
    times.push(performance.now() - begin);
    return items.map(() => null);
  });
  return { add, sizes, times };
};

test("what comes while one batch is handled makes the next one", async () => {
  const batches: number[][] = [];
  const double = createBatcher<number, number>({ maxItems: 3 }, async (items) => {
    batches.push([...items]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return items.map((item) => 2 * item);
  });
  const first = double(1);
  await vi.advanceTimersByTimeAsync(1);
  const rest = [2, 3, 4, 5].map(double);
  await vi.advanceTimersByTimeAsync(30);
  expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});

test("calls of one moment go together", async () => {
  const { add, sizes } = observed({ maxItems: 100 });
  await Promise.all([1, 2, 3].map(add));
  expect(sizes).toEqual([3]);
});

test("a bad item fails alone", async () => {
  const sizes: number[] = [];
  const work = createBatcher<string, string>({ maxItems: 10 }, async (items) => {
    sizes.push(items.length);
    if (items.includes("bad")) throw new Error("no");
    return [...items];
  });
  const outcomes = await Promise.allSettled([work("good"), work("bad"), work("fine")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(sizes).toEqual([3, 1, 1, 1]);
});

test("in a flood batches linger twice as long each time, up to ten times, and become larger", async () => {
  const { add, sizes, times } = observed({ maxItems: 1_000, lingerMs: 20 });
  const calls: Promise<null>[] = [];
  // An item every 5 ms, for a second.
  for (let item = 0; item < 200; item++) {
    calls.push(add(item));
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(calls);
  const lingered = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(lingered.slice(0, 6)).toEqual([25, 40, 80, 160, 200, 200]);
  expect(sizes.slice(0, 6)).toEqual([1, 4, 8, 16, 32, 40]);
});

test("under load a batch waits a little for more, and the first one never", async () => {
  const { add, sizes, times } = observed({ maxItems: 100, lingerMs: 20 });
  await add(0);
  const second = add(1);
  await vi.advanceTimersByTimeAsync(5);
  const third = add(2);
  await vi.advanceTimersByTimeAsync(20);
  await Promise.all([second, third]);
  expect(sizes).toEqual([1, 2]);
  expect(times).toEqual([0, 20]);
});

test("after a quiet time a batch goes at once", async () => {
  const { add, times } = observed({ maxItems: 100, lingerMs: 20 });
  await add(0);
  await vi.advanceTimersByTimeAsync(80);
  await add(1);
  expect(times).toEqual([0, 80]);
});
