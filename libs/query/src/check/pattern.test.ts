import { expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

test.each([
  ["^T[12]w$", ["T1w", "T2w"], ["T3w", "xT1w", "T1w\n"]],
  ["a.c", ["abc", "xa.cx", "a😀c"], ["a\nc", "ac"]],
  ["^(?:ab|cd)+$", ["ab", "abcd"], ["abc", ""]],
  ["\\d{2,3}$", ["x12", "1234"], ["1x", "1"]],
  ["^[^a-c_]*$", ["", "xyz"], ["xay", "_"]],
  ["\\.nii(\\.gz)?$", ["a.nii", "a.nii.gz"], ["anii", "a.nii.gzz"]],
  ["^\\W+$", ["-é-"], ["a"]],
  ["^a{0,2}?b", ["b", "aab"], ["aaab"]],
])("%s", (source, matching, others) => {
  const { test: matches } = compilePattern(source);
  expect(matching.map(matches)).toEqual(matching.map(() => true));
  expect(others.map(matches)).toEqual(others.map(() => false));
});

test.each(["(a", "a)", "a**", "[b", "a{9999}", "(?<x>a)", "\\1", "a|", "^*", "[z-a]", "((a{100}){100}){100}"])(
  "%s is refused",
  (source) => {
    expect(() => compilePattern(source)).toThrow();
  },
);

test("a pattern that makes others backtrack for ever comes to an end", () => {
  const { test: matches } = compilePattern("^(a|a|aa)+(a+)+$");
  expect(matches(`${"a".repeat(2_000)}b`)).toBe(false);
});
