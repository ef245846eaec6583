import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { faultOfWriting } from "./write-faults.ts";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ["ENOSPC", "The disk of /data is full."],
  ["EDQUOT", "The disk of /data has no room left for you (quota)."],
  ["EROFS", "The disk of /data can only be read."],
])("%s is described as a person reads it", (code, message) => {
  const problem = faultOfWriting(failure(code), "/data", "sub-01/a.nii");
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code: "conflict", message, subject: "sub-01/a.nii" });
});

test("anything else stays as it is", () => {
  const error = failure("EWHATEVER");
  expect(faultOfWriting(error, "/data", "a")).toBe(error);
});
