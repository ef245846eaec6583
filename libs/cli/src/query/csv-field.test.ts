import { expect, test } from "vitest";
import { csvField } from "./csv-field.ts";

test.each([
  ["a formula", '=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ["a sum", "+1", "'+1"],
  ["a text that begins with a minus", "-2+3", "'-2+3"],
  ["a function of older spreadsheets", "@SUM(A1)", "'@SUM(A1)"],
  ["a number below zero", -0.5, "-0.5"],
  ["a path with a comma", "sub-01/a,b.nii", '"sub-01/a,b.nii"'],
  ["a path with a line end", "a\nb", '"a\nb"'],
  ["nothing", null, ""],
  ["a plain path", "sub-01/anat/sub-01_T1w.nii.gz", "sub-01/anat/sub-01_T1w.nii.gz"],
])("%s is a field of CSV that is data and nothing else", (_, cell, field) => expect(csvField(cell)).toBe(field));
