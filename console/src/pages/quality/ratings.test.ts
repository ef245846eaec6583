import { expect, test } from "vitest";
import { agreement, ratingColumn, ratingPrefix, ratingsOf, type Verdict } from "./ratings.ts";

const scan = {
  ...{ dataset: "ds", path: "sub-01/ses-1/func/sub-01_ses-1_task-rest_run-2_bold.nii.gz", subject: "01", session: "1" },
  subjectAttributes: { qc_taskrest_run2_bold_eve: "fail" },
  sessionAttributes: { qc_taskrest_run2_bold_ada: "pass", qc_taskrest_run2_bold_bob: "n/a", qc_T1w_ada: "fail" },
};

test("a column is named for the scan and the rater, in letters that queries take", () => {
  expect(ratingPrefix(scan)).toBe("qc_taskrest_run2_bold_");
  expect(ratingColumn(scan, "ada.l@uni-x")).toBe("qc_taskrest_run2_bold_ada_l_uni_x");
  expect(ratingColumn({ path: "sub-01/anat/sub-01_T1w.nii.gz" }, "ada")).toBe("qc_T1w_ada");
});

test("the ratings of a scan are those of its visit, or of its person where there is no visit", () => {
  expect([...ratingsOf(scan)]).toEqual([["ada", "pass"]]);
  expect([...ratingsOf({ ...scan, session: null })]).toEqual([["eve", "fail"]]);
});

const pairs = (...counts: readonly (readonly [Verdict, Verdict, number])[]) =>
  counts.flatMap(([a, b, count]) => Array.from({ length: count }, () => [a, b] as const));

test.each([
  // Two raters, 20 and 15 of 50 agreed on, as in the example of the Wikipedia's article "Cohen's kappa".
  [
    "a known example",
    pairs(["pass", "pass", 20], ["pass", "fail", 5], ["fail", "pass", 10], ["fail", "fail", 15]),
    0.4,
  ],
  ["full agreement", pairs(["pass", "pass", 3], ["fail", "fail", 2]), 1],
  ["chance", pairs(["pass", "pass", 1], ["pass", "fail", 1], ["fail", "pass", 1], ["fail", "fail", 1]), 0],
  ["one verdict throughout", pairs(["pass", "pass", 9]), null],
  ["nothing in common", [], null],
])("kappa of %s", (_, given, kappa) => {
  const found = agreement(given);
  expect(found.scans).toBe(given.length);
  if (kappa === null) expect(found.kappa).toBeNull();
  else expect(found.kappa).toBeCloseTo(kappa, 10);
});
