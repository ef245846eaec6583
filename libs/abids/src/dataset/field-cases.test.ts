import { expect, test } from "vitest";
import { memoryTree } from "../testing/memory-tree.ts";
import { indexDataset } from "./index-dataset.ts";

// Datasets as people report them to other tools, each with what a check must find there and nothing else of these rules.

const description = '{"Name": "x", "BIDSVersion": "1.11.1", "DatasetType": "raw"}';
const [t1w, rest] = ["sub-01/anat/sub-01_T1w.nii.gz", "sub-01/func/sub-01_task-rest"];

const pointer = "/annex/objects/MD5E-s12345--d41d8cd98f00b204e9800998ecf8427e.nii.gz\n";

const findingsOf = (files: Readonly<Record<string, string>>, rules: readonly string[]): string[] =>
  [...indexDataset(memoryTree({ "dataset_description.json": description, README: "x", ...files }), { tables: true })]
    .flatMap(({ findings }) => findings)
    .filter(({ rule }) => rules.includes(rule))
    .map(({ rule, file, message }) => `${rule} ${file}: ${message}`);

test.each<[string, Record<string, string>, readonly string[], readonly string[]]>([
  [
    "a table whose lines end in CR alone has rows, columns and people, and is named",
    { [t1w]: "", "participants.tsv": "participant_id\tage\rsub-01\t23\r" },
    ["table-encoding", "bad-table", "missing-column", "unlisted-subject", "bad-participants"],
    ["table-encoding participants.tsv: has lines that end in CR alone, not in LF alone"],
  ],
  [
    "participants without leading zeros are others than those with a folder",
    { "sub-0050772/anat/sub-0050772_T1w.nii.gz": "", "participants.tsv": "participant_id\nsub-50772\n50773\n" },
    ["unlisted-subject", "listed-without-data", "bad-value"],
    [
      'bad-value participants.tsv: line 3 has "50773" as participant_id, which is not a valid value',
      "unlisted-subject participants.tsv: does not list sub-0050772",
      "listed-without-data participants.tsv: lists sub-50772, who has no folder",
      "listed-without-data participants.tsv: lists sub-50773, who has no folder",
    ],
  ],
  [
    "a row of participants.tsv that names nobody is told by its line",
    { [t1w]: "", "participants.tsv": "participant_id\tage\nsub-01\t1\nn/a\t2\n" },
    ["bad-participants"],
    ["bad-participants participants.tsv: line 3: participant_id is not sub-<label>: null"],
  ],
  [
    "a sidecar of one echo beside that of all counts more, and both are named",
    {
      [`${rest}_echo-1_bold.nii.gz`]: "",
      [`${rest}_bold.json`]: '{"EchoTime": 0.1}',
      [`${rest}_echo-1_bold.json`]: '{"EchoTime": 0.015}',
    },
    ["several-sidecars"],
    [
      `several-sidecars ${rest}_echo-1_bold.nii.gz: inherits from several files of one level: ${rest}_bold.json, ${rest}_echo-1_bold.json`,
    ],
  ],
  [
    "equal numbers in the first row of motion.tsv are no names of columns",
    { "sub-01/motion/sub-01_task-walk_tracksys-imu_motion.tsv": "0\t0\t1\n0\t0\t2\n" },
    ["bad-table", "missing-column", "undefined-column"],
    [],
  ],
  [
    "the second row of one scan, and of one session",
    {
      [t1w]: "",
      "sub-01/sub-01_scans.tsv": "filename\nanat/sub-01_T1w.nii.gz\nanat/sub-01_T1w.nii.gz\n",
      "sub-01/sub-01_sessions.tsv": "session_id\tage\nses-1\t1\nses-1\t2\n",
    },
    ["duplicate-row"],
    [
      "duplicate-row sub-01/sub-01_scans.tsv: line 3 is the second one for anat/sub-01_T1w.nii.gz",
      "duplicate-row sub-01/sub-01_sessions.tsv: line 3 is the second one for ses-1",
    ],
  ],
  [
    "runs that differ by zeros only, and no others",
    {
      [`${rest}_run-1_bold.nii.gz`]: "",
      [`${rest}_run-01_bold.nii.gz`]: "",
      [`${rest}_run-10_bold.nii.gz`]: "",
      "sub-02/func/sub-02_task-1_bold.nii.gz": "",
      "sub-02/func/sub-02_task-01_bold.nii.gz": "",
    },
    ["index-padding"],
    [
      `index-padding ${rest}_run-1_bold.nii.gz: has the same indices as sub-01_task-rest_run-01_bold.nii.gz, with other zeros before them`,
    ],
  ],
  [
    "two echoes and a chunk that differ by zeros only",
    {
      [`${rest}_echo-1_bold.nii.gz`]: "",
      [`${rest}_echo-001_bold.nii.gz`]: "",
      "sub-01/micr/sub-01_sample-A_chunk-2_TEM.tif": "",
      "sub-01/micr/sub-01_sample-A_chunk-02_TEM.tif": "",
    },
    ["index-padding"],
    [
      `index-padding ${rest}_echo-1_bold.nii.gz: has the same indices as sub-01_task-rest_echo-001_bold.nii.gz, with other zeros before them`,
      "index-padding sub-01/micr/sub-01_sample-A_chunk-2_TEM.tif: has the same indices as sub-01_sample-A_chunk-02_TEM.tif, with other zeros before them",
    ],
  ],
  [
    "a label with a plus is a label, one with an umlaut or a blank is none",
    {
      "sub-A+b/anat/sub-A+b_acq-p+q_T2w.nii.gz": "",
      "sub-Müller/anat/sub-Müller_T1w.nii.gz": "",
      "sub-10/anat/sub-10 _T1w.nii.gz": "",
    },
    ["entity-value"],
    [
      "entity-value sub-10/anat/sub-10 _T1w.nii.gz: sub-10  holds other characters than letters, digits and +; lies in sub-10, but its name does not contain sub-10; did you mean sub-10/anat/sub-10_T1w.nii.gz?",
      "entity-value sub-Müller/anat/sub-Müller_T1w.nii.gz: sub-Müller holds other characters than letters, digits and +; lies in sub-Müller, but its name does not contain sub-Müller; did you mean sub-Mller/anat/sub-Mller_T1w.nii.gz?",
    ],
  ],
  [
    "a blank that does not break, before a name in JSON, is no JSON",
    { [`${rest}_bold.nii.gz`]: "", "task-rest_bold.json": '{\n\u00a0"RepetitionTime": 2}' },
    ["bad-json"],
    [
      "bad-json task-rest_bold.json: is not JSON: Expected property name or '}' in JSON at position 2 (line 2 column 1)",
    ],
  ],
  [
    "numbers that JSON does not have",
    {
      [`${rest}_bold.nii.gz`]: "",
      [`${rest}_bold.json`]: '{"A": NaN}',
      "task-rest_bold.json": '{"A": 1e999, "B": 2e-12}',
    },
    ["bad-json"],
    [`bad-json ${rest}_bold.json: is not JSON: Unexpected token 'N', "{"A": NaN}" is not valid JSON`],
  ],
  [
    "an image with and without .gz is one image twice",
    { [t1w]: "", "sub-01/anat/sub-01_T1w.nii": "" },
    ["DUPLICATE_FILES"],
    [`DUPLICATE_FILES ${t1w}: File exists with and without \`.gz\` extension.`],
  ],
  [
    "a folder of derivatives without a description, and none with one",
    {
      [t1w]: "",
      "derivatives/p/sub-01/anat/sub-01_desc-x_T1w.nii.gz": "",
      "derivatives/q/dataset_description.json": description,
    },
    ["no-description"],
    ["no-description derivatives/p/dataset_description.json: is missing, so that nobody can import this folder"],
  ],
  [
    "what a Mac leaves beside files is hidden, and what Windows leaves is not BIDS",
    { [t1w]: "", "sub-01/anat/._sub-01_T1w.nii.gz": "x", "sub-01/anat/.DS_Store": "x", "sub-01/anat/Thumbs.db": "x" },
    ["name-syntax", "wrong-folder", "bad-image", "unknown-suffix"],
    ["wrong-folder sub-01/anat/Thumbs.db: lies in sub-01, but its name does not contain sub-01"],
  ],
  [
    "onsets that are no numbers",
    {
      [`${rest}_bold.nii.gz`]: "",
      "sub-02/func/sub-02_task-rest_bold.nii.gz": "",
      "sub-02/func/sub-02_task-rest_events.tsv": "onset\tduration\n1,5\t1\n",
      [`${rest}_events.tsv`]: "onset\tduration\nnan\t1\n2\t-1\n3\tn/a\n",
    },
    ["bad-value"],
    [
      `bad-value ${rest}_events.tsv: line 2 has "nan" as onset, which is not a valid value; did you mean n/a?`,
      `bad-value ${rest}_events.tsv: line 3 has "-1" as duration, which is not a valid value`,
      `bad-value sub-02/func/sub-02_task-rest_events.tsv: line 2 has "1,5" as onset, which is not a valid value`,
    ],
  ],
  [
    "a scans.tsv that names a file which is not there, and one file twice",
    {
      [t1w]: "",
      "sub-01/sub-01_scans.tsv": "filename\tacq_time\nanat/sub-01_T1w.nii\t2020-01-01T00:00:00\n",
      "sub-02/anat/sub-02_T1w.nii.gz": "",
      "sub-02/sub-02_scans.tsv": "filename\nanat/sub-02_T1w.nii.gz\nanat/sub-02_T1w.nii.gz\n",
    },
    ["SCANS_FILENAME_NOT_MATCH_DATASET", "duplicate-row"],
    [
      "SCANS_FILENAME_NOT_MATCH_DATASET sub-01/sub-01_scans.tsv: Filenames in scans.tsv file do not match what is present in the BIDS dataset. (not there: anat/sub-01_T1w.nii)",
      "duplicate-row sub-02/sub-02_scans.tsv: line 3 is the second one for anat/sub-02_T1w.nii.gz",
    ],
  ],
  [
    "a null is of no type that BIDS knows",
    {
      [`${rest}_bold.nii.gz`]: "",
      [`${rest}_bold.json`]: '{"EchoTime": null}',
      "task-rest_bold.json": '{"EchoTime": 0.03}',
    },
    ["bad-metadata"],
    [`bad-metadata ${rest}_bold.json: EchoTime is null, but must be a number (s)`],
  ],
  [
    "a key that appears twice in one object of JSON",
    { [t1w]: "", "sub-01/anat/sub-01_T1w.json": '{"EchoTime": 0.003, "RepetitionTime": 2, "EchoTime": 0.004}' },
    ["duplicate-key"],
    ['duplicate-key sub-01/anat/sub-01_T1w.json: has the key "EchoTime" twice; the last value counts'],
  ],
  [
    "a number beyond what programs read, and the character NUL in a table",
    {
      [t1w]: "",
      "sub-01/anat/sub-01_T1w.json": '{"EchoTime": 1e400}',
      "participants.tsv": "participant_id\tnote\nsub-01\ta\0b\n",
    },
    ["lossy-value"],
    [
      "lossy-value participants.tsv: line 2 holds the character NUL: queries see \\ufffd in its place",
      "lossy-value sub-01/anat/sub-01_T1w.json: holds the number 1e400, which is larger than programs can read: queries have no value there",
    ],
  ],
  [
    "two names that differ by how an accent is written are one name on a Mac",
    { [t1w]: "", "sub-01/anat/caf\u00e9.txt": "x", "sub-01/anat/cafe\u0301.txt": "x" },
    ["case-collision"],
    ["case-collision sub-01/anat/caf\u00e9.txt: differs from cafe\u0301.txt by how its accents are written only"],
  ],
  [
    "a pointer in place of a sidecar is absent, and not unused as well",
    { [t1w]: pointer, "sub-01/anat/sub-01_T1w.json": pointer },
    ["broken-link", "unused-sidecar"],
    [t1w, "sub-01/anat/sub-01_T1w.json"].map(
      (path) =>
        `broken-link ${path}: is a pointer of git-annex (fetch its content first, for example with \`datalad get\`)`,
    ),
  ],
  [
    "a pointer of Git LFS is no image",
    { [t1w]: `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d".repeat(32)}\nsize 12345\n` },
    ["broken-link", "bad-image"],
    [`broken-link ${t1w}: is a pointer of Git LFS (fetch its content first, for example with \`git lfs pull\`)`],
  ],
])("%s", (_, files, rules, expected) => {
  expect(findingsOf(files, rules).sort()).toEqual([...expected].sort());
});
