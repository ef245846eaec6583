import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";

/** One thing in a made folder: where it lies and what it is. */
export type OddEntry = { readonly path: string; readonly kind: OddKind };

const kinds = ["text", "empty", "pointer", "nowhere", "inside", "outside", "outside-folder", "circle"] as const;
export type OddKind = (typeof kinds)[number];

/** A folder as people leave them, as plain values. */
export type OddFolder = {
  readonly description: string | null;
  readonly ignore: string;
  readonly entries: readonly OddEntry[];
};

const paths = [
  ...["sub-01/anat/sub-01_T1w.nii.gz", "sub-01/anat/sub-01_T1w.nii", "sub-01/anat/sub-01_T1w.json", "T1w.json"],
  ...["sub-01/anat/sub-01_T1W.nii.gz", "sub-01/anat/notes.txt", "sub-01/anat/sub-01_T2w", "sub-01/anat/.DS_Store"],
  ...[
    "sub-01/meg/sub-01_task-a_meg.ds/x.res4",
    "sub-01/meg/sub-01_task-a_meg.ds/.hidden",
    "sub-01/meg/sub-01_task-a_meg.ds",
  ],
  ...[
    "sub-02",
    "sub-02/anat",
    "sub-02/anat/sub-02_T1w.nii.gz",
    "sub-02/sub-02_scans.tsv",
    "Sub-01/anat/sub-01_T1w.nii",
  ],
  ...["sub-01/micr/sub-01_sample-a_SPIM.ome.zarr/.zattrs", "sub-01/micr/sub-01_sample-a_SPIM.ome.zarr/0/0"],
  ...["participants.tsv", "participants.json", "phenotype/bdi.tsv", "README", "readme", "notes.txt", "extra/notes.txt"],
  ...["code/run.py", "code/.git/config", "code", "stimuli/a.png", ".git/config", ".hidden", ".bidsignore.bak"],
  ...["sourcedata", "sourcedata/a.dcm", "sourcedata/a\\b", "derivatives", "derivatives/p/sub-01_x.nii"],
  ...["sub-01/anat/ sub-01_T1w.nii.gz", "sub-01/anat/sub-01_T1w.nii.gz ", "sub-01/anat/sub-01_T1w.nii.gz~", " ", "a:b"],
  ...["sub-01/anat/sub-01_T1w.NII.GZ", "sub-01/anat/sub-01_T1w%2F.nii.gz", "sub-01/anat/sub-01_T1w.nii.gz/x", "%2e%2e"],
  ...["sub-01/anat/caf\u00e9.txt", "sub-01/anat/cafe\u0301.txt", "stimuli/caf\u00e9.png", "stimuli/cafe\u0301.png"],
  ...[
    "sub-01/sub-01/anat/sub-01_T1w.nii.gz",
    "sub-01/ses-1/sub-01_ses-1_T1w.nii.gz",
    "sub-01/beh/sub-01_task-a_events.tsv",
  ],
  ...["sub-01/eeg/sub-01_task-a_eeg.vhdr", "sub-01/eeg/sub-01_task-a_eeg.eeg", "code/a?b#c&d+e.py", "code/\u202ea.py"],
  ...["back\\slash", "line\nbreak", "sub-01/anat/sub-01_acq-ä_T1w.nii", `sub-01/${"x".repeat(230)}`, "a/b/c/d/e.json"],
];

const entry = fc.record({
  path: fc.constantFrom(...paths),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("text", "empty") },
    { weight: 4, arbitrary: fc.constantFrom(...kinds) },
  ),
});

/** Random odd folders. */
export const oddFolder: fc.Arbitrary<OddFolder> = fc.record({
  description: fc.constantFrom(
    '{"Name": "x", "BIDSVersion": "1.11.1"}',
    '{"Name": "x", "BIDSVersion": "1.11.1"}',
    '{"Name": "x", "BIDSVersion": "1.11.1", "DatasetType": "derivative", "GeneratedBy": [{"Name": "p"}]}',
    '{"Name": "x", "BIDSVersion": "1.11.1", "GeneratedBy": [{"Name": "p"}]}',
    '{"Name": "x", "BIDSVersion": "1.11.1", "DatasetType": "raw", "GeneratedBy": [{"Name": "p"}]}',
    "/annex/objects/MD5E-s1--x.json\n",
    null,
  ),
  ignore: fc
    .subarray([
      "*.txt",
      "!notes.txt",
      "extra/",
      "sub-02/",
      "**/anat/",
      "*.ds/",
      "code",
      "\\#x",
      "sub-01/anat/sub-01_T?w.nii",
      "README",
    ])
    .chain((lines) => fc.constantFrom("\n", "\r\n").map((end) => lines.join(end))),
  entries: fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 12 }),
});

/** Writes such a folder beside an `outside` that its links may lead to. What has no place any more is left out. */
export const writeOddFolder = ({ description, ignore, entries }: OddFolder): { folder: string; remove: () => void } => {
  const base = mkdtempSync(join(tmpdir(), "rollerblade-odd-"));
  const folder = join(base, "ds");
  mkdirSync(join(base, "outside/anat"), { recursive: true });
  writeFileSync(join(base, "outside/anat/sub-02_T1w.nii"), "outside");
  writeFileSync(join(base, "outside/file"), "outside");
  mkdirSync(folder);
  if (description !== null) writeFileSync(join(folder, "dataset_description.json"), description);
  writeFileSync(join(folder, "CHANGES"), "inside");
  if (ignore !== "") writeFileSync(join(folder, ".bidsignore"), ignore);
  for (const { path, kind } of entries) {
    try {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      put(base, join(folder, path), kind);
    } catch {
      // Another entry is there already: a file where this one has a folder.
    }
  }
  return { folder, remove: () => rmSync(base, { recursive: true, force: true }) };
};

const put = (base: string, file: string, kind: OddKind): void => {
  if (kind === "text") writeFileSync(file, file.endsWith(".json") ? "{}" : "text", { flag: "wx" });
  else if (kind === "empty") writeFileSync(file, "", { flag: "wx" });
  else if (kind === "pointer") writeFileSync(file, "/annex/objects/MD5E-s1--x\n", { flag: "wx" });
  else symlinkSync(targets[kind](base), file);
};

const targets: Readonly<Record<Exclude<OddKind, "text" | "empty" | "pointer">, (base: string) => string>> = {
  nowhere: () => ".git/annex/objects/x",
  inside: (base) => join(base, "ds/CHANGES"),
  outside: (base) => join(base, "outside/file"),
  "outside-folder": (base) => join(base, "outside"),
  circle: (base) => join(base, "ds"),
};
