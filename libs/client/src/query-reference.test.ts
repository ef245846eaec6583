import { expect, test } from "vitest";
import { queryName, readQueryReference } from "./query-reference.ts";

test.each([
  ["elderly", { name: "elderly", pin: null }],
  [" elderly@2026-01-31 ", { name: "elderly", pin: "2026-01-31" }],
  ["true", null],
  ["false", null],
  ["true@1", { name: "true", pin: "1" }],
  ["", null],
  ["subject.age > 60", null],
  ["a@b@c", null],
])("%j is read as %j", (text, read) => {
  expect(readQueryReference(text)).toEqual(read);
});

test("a name of a saved query is never an expression", () => {
  expect(queryName.safeParse("true").success).toBe(false);
  expect(queryName.safeParse("truest").success).toBe(true);
});
