import { expect, test } from "vitest";
import { parseParameters } from "./parse-parameters.ts";

test.each([
  ["a number", "threshold=0.5", "threshold", "0.5", false],
  ["what contains the sign itself", "rule=a=b", "rule", "a=b", false],
  ["an empty text", "note=", "note", "", false],
  ["quotes", 'label="01"', "label", '"01"', false],
  ["spaces", "label= 01 ", "label", " 01 ", false],
  ["JSON", 'sizes:=[1,"a=b"]', "sizes", '[1,"a=b"]', true],
  ["the name of an object's prototype", "__proto__=1", "__proto__", "1", false],
])("%s is kept as it was given", (_, setting, name, text, json) => {
  expect(parseParameters([setting])).toEqual([{ name, text, json }]);
});

test.each([["threshold"], ["=1"], [" =1"], [":=1"]])("%j is refused", (setting) => {
  expect(() => parseParameters([setting])).toThrow("is not NAME=VALUE");
});

test("a name that comes twice is refused", () => {
  expect(() => parseParameters(["a=1", "a:=2"])).toThrow("given twice");
});
