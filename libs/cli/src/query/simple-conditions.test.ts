import { expect, test } from "vitest";
import { withConditions } from "./simple-conditions.ts";

test.each([
  ["", {}, ""],
  ["subject.age > 3", {}, "subject.age > 3"],
  ["", { suffix: ["T1w"], age: "20..30" }, 'scan.suffix == "T1w" && session.age >= 20 && session.age <= 30'],
  ["a || b", { dataset: ["x", "y"] }, 'dataset.name in ["x", "y"] && (a || b)'],
  ["", { subject: ["sub-01"], session: ["ses-2"] }, 'subject.label == "01" && session.label == "2"'],
  ["", { age: "25" }, "session.age >= 25 && session.age < 26"],
  ["", { age: "..30.5", lacks: ["mask@1"] }, 'session.age <= 30.5 && !has.derivative("mask@1")'],
  ["", { run: ["1"] }, "scan.entities.run == 1"],
  ["", { run: ["01", "run-2"] }, "scan.entities.run in [1, 2]"],
  ["", { task: ['a" || true'] }, 'scan.entities.task == "a\\" || true"'],
])("%s with %o is %s", (expression, flags, whole) => {
  expect(withConditions(expression, flags)).toBe(whole);
});

test("a sex is found in all spellings that BIDS has for it, and what is none is refused", () => {
  const whole = 'subject.sex in ["female", "f", "F", "FEMALE", "Female"]';
  for (const sex of ["female", "F", "FEMALE"]) expect(withConditions("", { sex: [sex] })).toBe(whole);
  expect(() => withConditions("", { sex: ["femal"] })).toThrow('"femal" is not a sex');
});

test.each(["one", "", "-1", "1.5", "run-"])("%s is not the number of a run", (run) => {
  expect(() => withConditions("", { run: [run] })).toThrow("not the number of a run");
});

test.each(["..", "", "old", "30..20x", "-3"])("%s is not a range of ages", (age) => {
  expect(() => withConditions("", { age })).toThrow("not a range of ages");
});
