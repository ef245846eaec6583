import type { Verdict } from "@rollerblade/client";
import { expect, test } from "vitest";
import { agreement, verdictsByPath } from "./ratings.ts";

test("ratings are found by image, and by rater", () => {
  const found = verdictsByPath([
    { path: "a", rater: "ada", verdict: "pass" },
    { path: "b", rater: "ada", verdict: "fail" },
    { path: "a", rater: "bob", verdict: "unsure" },
  ]);
  expect([...found].map(([path, verdicts]) => [path, [...verdicts]])).toEqual([
    [
      "a",
      [
        ["ada", "pass"],
        ["bob", "unsure"],
      ],
    ],
    ["b", [["ada", "fail"]]],
  ]);
});

const pairs = (...counts: readonly (readonly [Verdict, Verdict, number])[]) =>
  counts.flatMap(([a, b, count]) => Array.from({ length: count }, () => [a, b] as const));

test.each([
  // Two raters, 20 and 15 of 50 agreed on, as in the example of the Wikipedia's article "Cohen's kappa".
  [
    "a known example",
    pairs(["pass", "pass", 20], ["pass", "fail", 5], ["fail", "pass", 10], ["fail", "fail", 15]),
    0.4,
  ],
  ["full agreement", pairs(["pass", "pass", 3], ["fail", "fail", 2]), 1],
  ["chance", pairs(["pass", "pass", 1], ["pass", "fail", 1], ["fail", "pass", 1], ["fail", "fail", 1]), 0],
  ["one verdict throughout", pairs(["pass", "pass", 9]), null],
  ["nothing in common", [], null],
])("kappa of %s", (_, given, kappa) => {
  const found = agreement(given);
  expect(found.scans).toBe(given.length);
  if (kappa === null) expect(found.kappa).toBeNull();
  else expect(found.kappa).toBeCloseTo(kappa, 10);
});
