import { expect, test } from "vitest";
import { splitByPrefix } from "./head-many.ts";

const subjects = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `derivatives/sub-${from + index}/anat`);

const shape = (keys: readonly string[]) => splitByPrefix(keys).map(({ prefix, sorted }) => [prefix, sorted.length]);

test.each([
  ["few are one list, below what they have in common", subjects(100_000, 100), [["derivatives/sub-1000", 100]]],
  ["parts that are small stay together", subjects(100_000, 1_000), [["derivatives/sub-100", 1_000]]],
  [
    "each part that is large enough is a list",
    subjects(100_500, 1_000),
    [
      ["derivatives/sub-100", 500],
      ["derivatives/sub-101", 500],
    ],
  ],
  [
    "parts have parts",
    [...subjects(1_000, 300), ...subjects(20_000, 300), ...subjects(21_000, 300)],
    [
      ["derivatives/sub-1", 300],
      ["derivatives/sub-20", 300],
      ["derivatives/sub-21", 300],
    ],
  ],
  ["one key often is one list", Array<string>(600).fill("a/b"), [["a/b", 600]]],
  ["a key that another begins with", ["a/b", ...Array.from({ length: 300 }, () => "a/b/c")], [["a/b", 301]]],
])("%s", (_, keys, parts) => {
  expect(shape(keys)).toEqual(parts);
});

test("no key is lost", () => {
  const keys = [...subjects(100_500, 2_000), ...subjects(300_000, 700)];
  expect(splitByPrefix(keys).flatMap(({ sorted }) => sorted)).toEqual(keys);
  for (const { prefix, sorted } of splitByPrefix(keys))
    for (const key of sorted) expect(key.startsWith(prefix)).toBe(true);
});
