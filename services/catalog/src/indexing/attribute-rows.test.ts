import { expect, test } from "vitest";
import { type AttributeRow, changedRows } from "./attribute-rows.ts";

const row = (subject: string, value: AttributeRow["value"], session = ""): AttributeRow => ({
  subject,
  session,
  value,
});

test.each<[string, AttributeRow[], AttributeRow[], AttributeRow[]]>([
  ["nothing changes nothing", [], [], []],
  ["a new row is a change", [], [row("01", { age: 3 })], [row("01", { age: 3 })]],
  ["an empty new row is none", [], [row("01", {})], []],
  ["the order of columns is none", [row("01", { a: 1, b: 2 })], [row("01", { b: 2, a: 1 })], []],
  ["another value is a change", [row("01", { a: 1 })], [row("01", { a: 2 })], [row("01", { a: 2 })]],
  ["a row that is gone becomes empty", [row("01", { a: 1 })], [], [row("01", {})]],
  ["the last of two rows counts", [], [row("01", { a: 1 }), row("01", { a: 2 })], [row("01", { a: 2 })]],
  [
    "a session is another row than its subject",
    [row("01", { a: 1 })],
    [row("01", { a: 1 }, "pre")],
    [row("01", {}), row("01", { a: 1 }, "pre")],
  ],
])("%s", (_, known, written, changed) => {
  expect(changedRows(known, written)).toEqual(changed);
});
