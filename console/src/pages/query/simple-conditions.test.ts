import { expect, test } from "vitest";
import { readConditions, writeConditions } from "./simple-conditions.ts";

test.each([
  [""],
  ["subject.age >= 20"],
  ['subject.age >= 20 && scan.suffix == "T1w"'],
  ['scan.task == "a && b" && scan.name != "say \\"no\\""'],
  ["subject.right_handed == true && metadata.EchoTime < 0.03"],
])("%s is read as conditions and written as it was", (expression) => {
  expect(writeConditions(readConditions(expression) ?? [])).toBe(expression);
});

test.each([
  ["subject.age >= 20 || subject.age < 3"],
  ['scan.suffix in ["T1w"]'],
  ["!(subject.age > 3)"],
  ["women"],
  ["women@v1"],
  ["subject.age >= 20 && "],
  ["subject.age >="],
  ['scan.suffix == "T1w'],
])("%s is more than conditions", (expression) => {
  expect(readConditions(expression)).toBeNull();
});
