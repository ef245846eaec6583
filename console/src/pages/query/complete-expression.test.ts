import { expect, test } from "vitest";
import { completeExpression } from "./complete-expression.ts";

const fields = [
  { name: "subject.age", description: "Years.", examples: [] },
  {
    name: "subject.sex",
    description: null,
    examples: [
      { value: "F", count: 5 },
      { value: "M", count: 3 },
    ],
  },
  { name: "scan.suffix", description: null, examples: [{ value: "T1w", count: 12 }] },
];
const labels = (before: string) => completeExpression(before, fields)?.options.map(({ label }) => label);

test.each([
  ["subject.s", ["subject.sex"]],
  ["subject.age > 3 && sc", ["scan.suffix"]],
  ["", ["subject.age", "subject.sex", "scan.suffix"]],
  ["subject.sex == ", ['"F"', '"M"']],
  ['scan.suffix != "T', ['"T1w"']],
  ['subject.site == "a b', undefined],
])("behind %s come %o", (before, expected) => {
  expect(labels(before)).toEqual(expected);
});

test("what stands there already is replaced, the quote too", () => {
  expect(completeExpression('scan.suffix == "T', fields)?.typed).toBe('"T');
});
