import { expect, test } from "vitest";
import type { QueuedExecution } from "./choose-fitting.ts";
import { saturated, withinLimits } from "./concurrency.ts";

const queue = (...names: string[]): QueuedExecution[] =>
  names.map((name, place) => {
    const [analysis = "", version = "1.0.0"] = name.split("@");
    const execution = { id: `${place}`, analysis, version, rank: 0, owner: "eve", place, enqueued: place };
    return { ...execution, alone: false, cpu: 1, memory: 1 };
  });
const limit = (analysis: string, most: number, running: number, version = "1.0.0") => ({
  ...{ analysis, version, limit: most, running },
});
const kept = (...args: Parameters<typeof withinLimits>) => withinLimits(...args).map(({ id }) => id);

test("an analysis takes no more than its limit, and holds up nothing behind it", () => {
  expect(kept(queue("a", "a", "a", "b"), [limit("a", 2, 1)])).toEqual(["0", "3"]);
  expect(kept(queue("a", "b"), [limit("a", 1, 1)])).toEqual(["1"]);
  expect(kept(queue("a", "a"), [])).toEqual(["0", "1"]);
});

test("all versions of an analysis count, and each goes by its own limit", () => {
  const limits = [limit("a", 1, 0), limit("a", 3, 0, "2.0.0")];
  expect(kept(queue("a@2.0.0", "a", "a@2.0.0", "a@3.0.0", "a@2.0.0"), limits)).toEqual(["0", "2", "3"]);
});

test("what is at its limit is named, with what is about to start", () => {
  const limits = [limit("a", 2, 1), limit("b", 1, 1), limit("c", 1, 0)];
  expect(saturated(limits).map(({ analysis }) => analysis)).toEqual(["b"]);
  expect(saturated(limits, queue("a")).map(({ analysis }) => analysis)).toEqual(["a", "b"]);
});
