import { expect, test } from "vitest";
import { faultsOfLossyJson, faultsOfLossyTable } from "./lossy-values.ts";

test.each([
  ["a number that is infinite to programs", '{"A": 1e400}', "holds the number 1e400, which"],
  ["one of 400 digits", `{"A": [-${"9".repeat(400)}]}`, "holds the number -99999"],
  [
    "the character NUL",
    '{"A": {"B": "a\\u0000b"}}',
    'holds "a\\u0000b": queries see \\ufffd in place of the character NUL',
  ],
  [
    "half a surrogate pair, in a key",
    '{"\\ud83e": 1}',
    'holds "\\ud83e": queries see \\ufffd in place of half a character',
  ],
])("%s is named", (_, json, expected) => {
  expect(faultsOfLossyJson(json)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  ["large and small numbers", '{"A": 1e300, "B": 1E-400, "C": 12345678901234567890}'],
  ["whole characters that are written with escapes", '{"A": "\\ud83e\\udde0 \\u00e4"}'],
  ["what only looks like one within a text", '{"A": "1e400 \\\\u0000"}'],
])("%s are not", (_, json) => {
  expect(faultsOfLossyJson(json)).toEqual([]);
});

test("each line of a table that holds NUL is named once", () => {
  const table = Buffer.from("participant_id\tnote\nsub-01\ta\0b\0\nsub-02\tc\nsub-03\t\0\n");
  expect(faultsOfLossyTable(table).map((fault) => fault.slice(0, 6))).toEqual(["line 2", "line 4"]);
  expect(faultsOfLossyTable(Buffer.from("a\tb\n1\t2\n"))).toEqual([]);
});
