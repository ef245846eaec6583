import { expect, test } from "vitest";
import { keptText } from "./kept-files.ts";

test("what an import keeps is summed up by the tops of its paths", () => {
  expect(keptText(1, ["README"])).toBe("1 file that the source does not have: README");
  expect(keptText(3, ["sub-01/anat/a.nii.gz", "sub-01/anat/a.json", "sub-02/anat/b.nii.gz"])).toBe(
    "3 files that the source does not have: sub-01/, sub-02/",
  );
});

test("what is too much to be named is cut", () => {
  const paths = Array.from({ length: 8 }, (_, index) => `sub-0${index}/anat/a.nii.gz`);
  expect(keptText(8, paths)).toMatch(/: sub-00\/, sub-01\/, sub-02\/, sub-03\/, sub-04\/, sub-05\/ …$/);
  expect(keptText(900, ["README"])).toBe("900 files that the source does not have: README …");
});
