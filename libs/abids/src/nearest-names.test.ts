import { expect, test } from "vitest";
import { didYouMean, nearestNames } from "./nearest-names.ts";

test.each([
  ["verson", ["name", "version"], ["version"]],
  ["AGE", ["age", "sex"], ["age"]],
  ["bod", ["bold", "bad", "cbv", "dwi"], ["bad", "bold"]],
  ["scan.sufix", ["scan.suffix", "scan.path", "subject.age"], ["scan.suffix"]],
  ["weather", ["age", "sex"], []],
  ["age", [], []],
])("the names near to %j among %j", (name, known, expected) => {
  expect(nearestNames(name, known)).toEqual(expected);
});

test("a guess ends an error, and nothing does where no name is near", () => {
  expect(didYouMean("verson", ["version"])).toBe('; did you mean "version"?');
  expect(didYouMean("weather", ["age"])).toBe("");
});
