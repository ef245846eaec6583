import { expect, test } from "vitest";
import { faultPlace } from "./fault-place.ts";

const source = "datasets: [a]\nrules:\n  - name: mask\n    when: subject.age >\n";
const lineAt = (where: string, message?: string): string => {
  const { from, to } = faultPlace(source, where, message);
  return source.slice(from, to);
};

test.each([
  ["rules[0].when", "", "    when: subject.age >"],
  ["4:5, rule mask, when", "", "    when: subject.age >"],
  ["faces.yaml:3:5", "", "  - name: mask"],
  ["document", "no rule of this name, line 2", "rules:"],
  ["datasets", "", "datasets: [a]"],
  ["nothing.of.this", "", "datasets: [a]"],
  ["", "", "datasets: [a]"],
  ["line 99", "", ""],
])("a finding of %j %s stands on its line", (where, message, line) => {
  expect(lineAt(where, message)).toBe(line);
});
