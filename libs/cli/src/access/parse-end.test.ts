import { expect, test } from "vitest";
import { parseEnd } from "./parse-end.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

test.each([
  ["7d", "2026-01-08T00:00:00.000Z"],
  ["12h", "2026-01-01T12:00:00.000Z"],
  ["30m", "2026-01-01T00:30:00.000Z"],
  ["2w", "2026-01-15T00:00:00.000Z"],
  ["2027-01-31", "2027-01-31T00:00:00.000Z"],
  ["2027-01-31T10:00:00+01:00", "2027-01-31T09:00:00.000Z"],
])("%s is %s", (text, end) => {
  expect(parseEnd(text, now)).toBe(end);
});

test.each(["", "7", "d", "7y", "tomorrow", "2027-13-01", "-1d"])("%j is no end", (text) => {
  expect(() => parseEnd(text, now)).toThrow("like 7d");
});
