import { expect, test } from "vitest";
import { oneAhead } from "./one-ahead.ts";

test("the next item is fetched while one is worked on, and a failure comes in its turn", async () => {
  const fetched: number[] = [];
  const items = async function* () {
    for (const item of [1, 2]) {
      fetched.push(item);
      yield item;
    }
    throw new Error("no more");
  };
  const seen: [item: number, fetched: number][] = [];
  const reading = async (): Promise<void> => {
    for await (const item of oneAhead(items())) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push([item, fetched.length]);
    }
  };
  await expect(reading()).rejects.toThrow("no more");
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
  ]);
});
