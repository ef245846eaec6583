import { expect, test } from "vitest";
import { z } from "zod";
import { cursorText, pageOf, readCursor, writeCursor } from "./pages.ts";

test.each([
  ["one row more than the limit means a next page", [1, 2, 3], { items: [1, 2], next: "2" }],
  ["as many rows as the limit are the last page", [1, 2], { items: [1, 2], next: null }],
  ["no rows are an empty last page", [], { items: [], next: null }],
])("%s", (_sentence, rows, page) => {
  expect(pageOf(rows, 2, String)).toEqual(page);
});

const place = z.tuple([cursorText, z.int()]);

test("a place comes back as it was written", () => {
  expect(readCursor(writeCursor(["sub-01/ä", 7]), place)).toEqual(["sub-01/ä", 7]);
});

test.each([
  ["what is not JSON", "zzz"],
  ["a place of another list", writeCursor(["a"])],
  ["a text with a NUL, which PostgreSQL refuses", writeCursor(["a\0", 1])],
  ["a text that no column holds", writeCursor(["a".repeat(4_097), 1])],
])("%s is not a cursor", (_sentence, cursor) => {
  expect(() => readCursor(cursor, place)).toThrow("`after` is not what a page of this list gave as `next`.");
});
