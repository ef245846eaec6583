import { expect, test } from "vitest";
import { compilePattern } from "./path-pattern.ts";

test.each([
  [
    "captures take a part of a name",
    "IXI{subject:[0-9]+}-{site}-*-T1.nii.gz",
    "IXI002-Guys-0828-T1.nii.gz",
    { subject: "002", site: "Guys" },
  ],
  ["a star stays within a name", "*/T1.nii", "a/b/T1.nii", null],
  ["two stars take any folders, and none", "**/T1.nii", "T1.nii", {}],
  ["two stars take several folders", "**/{subject}/T1.nii", "a/b/07/T1.nii", { subject: "07" }],
  [
    "members of an archive stand behind its name",
    "{site}_{subject}/anat.tar.gz!/*.nii",
    "NYU_51/anat.tar.gz!/mprage.nii",
    { site: "NYU", subject: "51" },
  ],
  ["braces may stand in the form of a capture", "{day:[0-9]{4}}.nii", "0757.nii", { day: "0757" }],
  ["signs of regular expressions stand for themselves", "a+b (1).nii", "a+b (1).nii", {}],
  ["a question mark is one character", "run-?.nii", "run-12.nii", null],
  ["a capture does not take the end of a name that goes on", "{subject}-T1.nii", "01-T1.nii.gz", null],
])("%s", (_sentence, pattern, path, captures) => {
  expect(compilePattern(pattern).match(path)).toEqual(captures);
});

test.each([
  ["{subject", "has a { that nobody closes"],
  ["{a}-{a}", "has the capture a twice"],
  ["{9a}", "where {NAME} or {NAME:FORM} is expected"],
  ["{a:[0-9}", "cannot be read"],
])("the pattern %s is refused: it %s", (pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(message);
});

test("no pattern takes longer than its length times that of the path", () => {
  const { match } = compilePattern(`{a:(x+x+)+y}`);
  const started = performance.now();
  expect(match("x".repeat(5_000))).toBeNull();
  // A backtracking engine would need 2^5000 steps.
  expect(performance.now() - started).toBeLessThan(5_000);
});
