import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { readMapping } from "./read-mapping.ts";

const base = (lines: string): string => `version: 1
dataset: { Name: Study }
images:
  - name: t1
    from: "{subject}/T1.nii.gz"
    to: { suffix: T1w }
${lines}`;

/** What is wrong with a mapping: place and message of each fault. */
const faultsOf = (source: string): readonly string[] => {
  try {
    readMapping("mapping.yaml", source);
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.findings.map(({ where, message }) => `${where}: ${message}`);
  }
};

test("a mapping is read with its defaults", () => {
  const mapping = readMapping("mapping.yaml", base(""));
  expect(mapping).toMatchObject({ labels: "kept", dates: "drop", unmatched: "error", readme: null });
  expect(mapping.images[0]?.subject.text({ capture: { subject: "01" } })).toBe("01");
  expect(mapping.images[0]?.source.pattern.match("01/T1.nii.gz")).toEqual({ subject: "01" });
});

test.each([
  [
    "a field with a typo names the nearest",
    base("participant: {}\n"),
    [/mapping.yaml:7:\d+ participant: participant is not a field.*did you mean "participants"/],
  ],
  [
    "a typo deep within, too",
    base("    wheer: 'image.volumes > 1'\n"),
    [/:7:\d+ images.0.wheer: wheer is not a field.*did you mean "where"/],
  ],
  [
    "a suffix with a typo",
    base("  - { from: '{subject}.nii', to: { suffix: boldd, task: rest } }\n"),
    [/:7:\d+ images.1.to.suffix: boldd is not a suffix of BIDS; did you mean bold/],
  ],
  [
    "a suffix whose key has a typo",
    base("  - { from: '{subject}.nii', to: { sufix: T2w } }\n"),
    [/:7:\d+ images.1.to.suffix: suffix is missing/],
  ],
  [
    "an entity by its long name",
    base("  - { from: '{subject}.nii', to: { suffix: T2w, acquisition: x } }\n"),
    [/acquisition is not an entity of BIDS; did you mean acq\?/],
  ],
  [
    "an entity that no name has",
    base("  - { from: '{subject}.nii', to: { suffix: T2w, taks: x } }\n"),
    [/taks is not an entity of BIDS; did you mean task/],
  ],
  [
    "a condition that asks an unknown field",
    base("    where: 'imge.volumes > 1'\n"),
    [/:7:\d+ images.0.where: Unknown field imge.volumes/],
  ],
  ["a condition that is no condition", base("    where: 'image.volumes'\n"), [/true or false/]],
  [
    "a capture that the pattern does not have",
    base("    where: 'capture.sit == \"x\"'\n"),
    [/capture.sit is asked, and the pattern captures no \{sit\}/],
  ],
  [
    "a pattern that cannot be read",
    base("  - { from: '{subject', to: { suffix: T2w } }\n"),
    [/has a \{ that nobody closes/, /no subject/],
  ],
  ["no subject at all", base("  - { from: 'T2.nii', to: { suffix: T2w } }\n"), [/no subject: capture \{subject\}/]],
  [
    "both files and series",
    base("  - { from: a, dicom: b, subject: x, to: { suffix: T2w } }\n"),
    [/needs either from \(files\) or dicom \(series\)/],
  ],
  [
    "a datatype where the suffix does not belong",
    base("  - { from: '{subject}.nii', to: { suffix: T2w, datatype: func } }\n"),
    [/T2w does not belong into func, but into anat/],
  ],
  [
    "a suffix with several datatypes and none",
    base("  - { from: '{subject}.nii', to: { suffix: sbref } }\n"),
    [/sbref may lie in .*func.*write which as datatype/],
  ],
  [
    "a column of a table that is not there",
    base("participants: { columns: { age: { table: demo, column: AGE } } }\n"),
    [/there is no table demo/, /there are no tables/].slice(0, 1),
  ],
  ["an orientation of two letters", base("    orientation: LA\n"), [/three letters such as LAS/]],
  ["an orientation that names an axis twice", base("    orientation: LRS\n"), [/three letters such as LAS/]],
  ["a key that appears twice", `${base("")}version: 1\n`, [/Map keys must be unique/]],
  [
    "a run that is written as an entity",
    base("  - { from: '{subject}.nii', to: { suffix: T2w, run: 1 } }\n"),
    [/run is not written here, but as run of the rule/],
  ],
])("%s is a fault with its place", (_sentence, source, expected) => {
  const faults = faultsOf(source);
  expect(faults).toHaveLength(expected.length);
  for (const [index, form] of expected.entries()) expect(faults[index]).toMatch(form);
});

test("every fault is listed, not the first alone", () => {
  expect(faultsOf(base("unmatchd: error\nlabels: hidden\n"))).toHaveLength(2);
});
