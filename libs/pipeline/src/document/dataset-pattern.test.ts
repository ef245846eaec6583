import { expect, test } from "vitest";
import { patternsOverlap } from "./dataset-pattern.ts";

test.each([
  ["colin-mini", "colin-mini", true],
  ["colin-mini", "colin-mini2", false],
  ["colin-mini*", "colin-mini", true],
  ["colin-mini*", "colin-mini2", true],
  ["*", "anything", true],
  ["ds00?", "ds001", true],
  ["ds00?", "ds0010", false],
  ["a*b", "*c", false],
  ["a*", "*b", true],
  ["a*c", "a?c", true],
  ["", "", true],
  ["", "*", true],
])("%s and %s have a name in common: %s", (one, other, expected) => {
  expect(patternsOverlap(one, other)).toBe(expected);
  expect(patternsOverlap(other, one)).toBe(expected);
});

test("a pattern of many stars takes no longer than any other", () => {
  expect(patternsOverlap(`${"a*".repeat(31)}c`, `${"a".repeat(62)}b`)).toBe(false);
});
