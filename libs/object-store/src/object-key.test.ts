import { expect, test } from "vitest";
import { checkKey, checkPrefix } from "./object-key.ts";

test.each(["a", "datasets/ds/sub-01/anat/sub-01_T1w.nii.gz", "a/..b/c..", "a/ b /ü"])("%j is a key", (key) => {
  expect(checkKey(key)).toBe(key);
});

test.each([
  ["", "is empty"],
  ["/a", "begins with a slash"],
  ["a/", "empty name"],
  ["a//b", "empty name"],
  ["a/./b", "steps out"],
  ["../a", "steps out"],
  ["a\u0000", "control character"],
  ["a\u007f", "control character"],
  ["a\u2028b", "control character"],
  ["a\\..\\b", "backslash"],
  ["a\ud800", "well-formed"],
  ["é".repeat(513), "longer than 1024 bytes"],
  ["é".repeat(128), "name longer than 255 bytes"],
])("%j is not a key", (key, why) => {
  expect(() => checkKey(key)).toThrow(why);
});

test("a prefix may be empty or end anywhere, and steps nowhere either", () => {
  expect(["", "a", "a/", "a/b"].map(checkPrefix)).toEqual(["", "a", "a/", "a/b"]);
  expect(() => checkPrefix("../")).toThrow("steps out");
  expect(() => checkPrefix("/")).toThrow("begins with a slash");
});
