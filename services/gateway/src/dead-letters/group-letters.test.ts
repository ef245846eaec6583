import { expect, test } from "vitest";
import { groupLetters, isAlike } from "./group-letters.ts";

const letter = (id: string, reason: string, time: string, topic = "scan.indexed", durable = "tagger") => ({
  ...{ id, reason, time, durable, headers: { "ce-type": topic } },
});
const letters = [
  letter("b", "cannot read sub-02_T1w.json: line 7", "2026-11-02"),
  letter("a", "cannot read sub-01_T1w.json: line 3", "2026-11-01"),
  letter("c", "no such analysis", "2026-11-03"),
  letter("d", "cannot read sub-01_T1w.json: line 3", "2026-11-04", "scan.indexed", "catalog"),
];

test("letters of one consumer and one cause are a group, with the newest reason in full", () => {
  expect(groupLetters(letters)).toEqual([
    {
      ...{ durable: "tagger", topic: "scan.indexed", reason: "cannot read sub-02_T1w.json: line 7", count: 2 },
      ...{ newest: "b", from: "2026-11-01", to: "2026-11-02" },
    },
    expect.objectContaining({ count: 1, newest: "c" }),
    expect.objectContaining({ count: 1, newest: "d", durable: "catalog" }),
  ]);
});

test.each([
  ["of another slice", letter("x", "cannot read sub-99_T1w.json: line 1", "2026-12-01"), true],
  [
    "of another consumer",
    letter("x", "cannot read sub-99_T1w.json: line 1", "2026-12-01", "scan.indexed", "other"),
    false,
  ],
  ["of another topic", letter("x", "cannot read sub-99_T1w.json: line 1", "2026-12-01", "scan.withdrawn"), false],
  ["of another cause", letter("x", "cannot write", "2026-12-01"), false],
])("a letter %s", (_, other, alike) => {
  expect(isAlike(letter("a", "cannot read sub-01_T1w.json: line 3", "2026-11-01"), other)).toBe(alike);
});
