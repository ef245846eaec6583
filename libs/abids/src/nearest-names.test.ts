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

test("what somebody else named costs no more than a moment, however long or many the names are", () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `metadata.field${index}`);
  const long = Array.from({ length: 10_000 }, (_, index) => `${"a".repeat(4_000)}${index}`);
  const started = performance.now();
  expect(nearestNames(`metadata.${"a".repeat(3_900)}`, [...many, ...long])).toEqual([]);
  expect(nearestNames("metadata.feild1", many)).toContain("metadata.field1");
  expect(nearestNames("versoin", [...long, "version"])).toEqual(["version"]);
  // Comparing them all takes minutes.
  expect(performance.now() - started).toBeLessThan(2_000);
});
