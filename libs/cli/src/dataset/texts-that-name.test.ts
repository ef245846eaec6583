import { expect, test } from "vitest";
import { namePattern } from "./texts-that-name.ts";

test.each([
  ["01", 'subject.label == "01"', true],
  ["01", "subject.label in ['02', '01']", true],
  ["01", "scan.path.startsWith('sub-01/')", true],
  ["01", "those of sub-01.", true],
  ["01", 'subject.label == "012"', false],
  ["01", "sub-01a was scanned twice", false],
  ["01", "subject.age == 01", false],
  ["a+b", "sub-a+b", true],
  ["a+b", "sub-aab", false],
  ["a", "sub-a+b", false],
])("the label %s in the text %s is found: %s", (label, text, expected) => {
  expect(namePattern(label).test(text)).toBe(expected);
});
