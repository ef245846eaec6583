import { expect, test } from "vitest";
import { isEntityValue } from "./entity-value.ts";

test.each([
  ["run", "1", "01", true],
  ["run", "01", "1", true],
  ["echo", "0", "000", true],
  ["run", "1", "10", false],
  ["run", "99999999999999999999", "099999999999999999999", true],
  ["run", "99999999999999999998", "99999999999999999999", false],
  ["run", "1", undefined, false],
  ["sub", "1", "01", false],
  ["ses", "01", "01", true],
  ["task", "1", "01", false],
  ["run", "x", "x", true],
])("%s-%s asks for what is written %s: %s", (key, asked, written, expected) => {
  expect(isEntityValue(key, asked, written)).toBe(expected);
});
