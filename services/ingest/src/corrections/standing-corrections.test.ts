import { expect, test } from "vitest";
import type { StoredCorrection } from "./correction-rows.ts";
import { isOutdated, standingCorrections } from "./standing-corrections.ts";

const of = (id: string, before: string | null, after: string, undoOf: string | null = null): StoredCorrection => ({
  ...{ id, before, after, undoOf, dataset: "d", file: "participants.tsv", subject: "01", session: null },
  ...{ columnName: "age", addColumn: false, author: "eve", reason: null, createdAt: new Date(0) },
});
const standing = (...corrections: StoredCorrection[]) =>
  standingCorrections(corrections).map(({ after, outdated }) => [after, [...outdated]]);

test.each([
  ["one correction stands", [of("1", "30", "31")], [["31", ["30"]]]],
  [
    "the last of a cell stands, over all values before",
    [of("1", "30", "31"), of("2", "31", "32")],
    [["32", ["30", "31"]]],
  ],
  ["one that was undone does not stand", [of("1", "30", "31"), of("2", "31", "30", "1")], []],
  [
    "one that was undone and set again stands",
    [of("1", "30", "31"), of("2", "31", "30", "1"), of("3", "30", "31", "2")],
    [["31", ["30"]]],
  ],
  [
    "what was set before an undone one stands",
    [of("1", "30", "31"), of("2", "31", "32"), of("3", "32", "31", "2")],
    [["31", ["30"]]],
  ],
  ["a value that came back is not outdated", [of("1", "30", "31"), of("2", "31", "30")], [["30", ["31"]]]],
])("%s", (_, corrections, expected) => {
  expect(standing(...corrections)).toEqual(expected);
});

test("equal numbers are one value, however they are written", () => {
  const [correction] = standingCorrections([of("1", "24.0", "31")]);
  const outdated = correction?.outdated ?? new Set<string>();
  expect(isOutdated({ outdated }, "24")).toBe(true);
});

test("a table is older by what its cell holds, and by having none where there was none", () => {
  const [correction] = standingCorrections([of("1", null, "31")]);
  const outdated = correction?.outdated ?? new Set<string>();
  expect([isOutdated({ outdated }, null), isOutdated({ outdated }, "n/a"), isOutdated({ outdated }, "29.0")]).toEqual([
    true,
    true,
    false,
  ]);
});
