import { expect, test } from "vitest";
import { mergeRows } from "./merge-rows.ts";

const merge = (former: string, current: string, isKept = (_key: string) => true) => {
  const merged = mergeRows(Buffer.from(former), Buffer.from(current), isKept);
  return merged === null ? null : [Buffer.from(merged.content).toString(), merged.kept];
};
const former = "participant_id\tage\tgroup\nsub-01\t30\tcontrol\nsub-02\t40\tpatient\n";

test.each([
  [
    "the table of a batch keeps the people whom it does not list, with their columns",
    former,
    "participant_id\tage\nsub-11\t50\n",
    "participant_id\tage\tgroup\nsub-11\t50\tn/a\nsub-01\t30\tcontrol\nsub-02\t40\tpatient\n",
    ["sub-01", "sub-02"],
  ],
  [
    "a row of both is that of the new table, and a new column is unknown for the others",
    former,
    "age\tparticipant_id\tsite\r\n31\tsub-01\tJena\r\n",
    "age\tparticipant_id\tsite\tgroup\r\n31\tsub-01\tJena\tn/a\r\n40\tsub-02\tn/a\tpatient\r\n",
    ["sub-02"],
  ],
  [
    "sessions of a phenotype are rows of their own",
    "participant_id\tsession_id\tbdi\nsub-01\tses-1\t3\n",
    "participant_id\tsession_id\tbdi\nsub-01\tses-2\t4\n",
    "participant_id\tsession_id\tbdi\nsub-01\tses-2\t4\nsub-01\tses-1\t3\n",
    ["sub-01"],
  ],
  [
    "files of scans.tsv stay as well",
    "filename\tacq_time\nanat/a.nii.gz\t2020\n",
    "filename\tacq_time\nanat/b.nii.gz\t2021\n",
    "filename\tacq_time\nanat/b.nii.gz\t2021\nanat/a.nii.gz\t2020\n",
    ["anat/a.nii.gz"],
  ],
])("%s", (_, before, now, content, kept) => {
  expect(merge(before, now)).toEqual([content, kept]);
});

test.each([
  ["everybody is listed", former, `${former}sub-03\t50\tcontrol\n`],
  ["nobody can tell whose rows they are", former, "subject\tage\nsub-11\t50\n"],
  ["a row is not whole", "participant_id\tage\nsub-01\n", "participant_id\tage\nsub-11\t50\n"],
])("nothing is added where %s", (_, before, now) => {
  expect(merge(before, now)).toBeNull();
});

test("who is no longer there is not kept", () => {
  expect(merge(former, "participant_id\tage\nsub-11\t50\n", (key) => key === "sub-02")).toEqual([
    "participant_id\tage\tgroup\nsub-11\t50\tn/a\nsub-02\t40\tpatient\n",
    ["sub-02"],
  ]);
});
