import { expect, test } from "vitest";
import { parseParameters } from "./parse-parameters.ts";

test.each([
  ["a number", "threshold=0.5", { threshold: 0.5 }],
  ["a text", "mode=fast", { mode: "fast" }],
  ["a text that looks like a number, quoted", 'label="01"', { label: "01" }],
  ["a truth", "strict=true", { strict: true }],
  ["a list", "sizes=[1,2]", { sizes: [1, 2] }],
  ["what contains the sign itself", "rule=a=b", { rule: "a=b" }],
  ["an empty text", "note=", { note: "" }],
])("%s is read as such", (_, setting, expected) => {
  expect(parseParameters([setting])).toEqual(expected);
});

test.each([["threshold"], ["=1"], [" =1"]])("%j is refused", (setting) => {
  expect(() => parseParameters([setting])).toThrow("no parameter");
});

test("a name that comes twice is refused", () => {
  expect(() => parseParameters(["a=1", "a=2"])).toThrow("given twice");
});
