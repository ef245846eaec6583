import { expect, test } from "vitest";
import { createLookAhead } from "./look-ahead.ts";

const after = (...milliseconds: number[]) => {
  const ahead = createLookAhead();
  for (const one of milliseconds) ahead.ended("mask 1.0.0", one);
  return ahead;
};

test.each<[string, number[], number]>([
  ["nothing is known yet", [], 0],
  ["attempts take minutes", [60_000], 0],
  ["attempts take a tenth of a second", [100, 100], 2.5],
  ["attempts take no time", [1, 1, 1], 4],
  ["one of many took long", [10, 10, 60_000], 0],
])("when %s", (_, milliseconds, share) => {
  expect(after(...milliseconds).share("mask 1.0.0")).toBeCloseTo(share);
});

test("one analysis says nothing about another", () => {
  expect(after(1, 1, 1).share("volumes 1.0.0")).toBe(0);
});

test("long attempts are replaced one by one, short ones together", () => {
  const long = after(60_000);
  long.claimed(8);
  expect(long.worthClaiming("mask 1.0.0", 7)).toBe(true);
  const short = after(10);
  short.claimed(40);
  expect(short.worthClaiming("mask 1.0.0", 39)).toBe(false);
  expect(short.worthClaiming("mask 1.0.0", 30)).toBe(true);
});
