import { type DerivativeFacts, type Level, type ScanFacts, slicesOf } from "@rollerblade/abids/facts";
import { exampleMask, exampleScan, hash } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import { manifestFrom } from "./manifest-from.ts";
import { type DerivativeLock, type Resolution, resolveInputs } from "./resolve-inputs.ts";

const t1w = { suffix: "T1w", extension: ".nii.gz" };
const mask = { analysis: "brain-mask", version: "^1", output: "mask" };

const resolve = (
  level: Level,
  inputs: object,
  scans: ScanFacts[],
  derivatives: DerivativeFacts[] = [],
  options: { locks?: DerivativeLock[]; reads?: string[] } = {},
): Resolution => {
  const manifest = manifestFrom({
    name: "a",
    version: "1.0.0",
    image: "a",
    level,
    inputs,
    reads: options.reads ?? [],
    outputs: { o: { name: "{entities}_o.txt" } },
  });
  const [facts] = slicesOf(scans, derivatives, level);
  if (facts === undefined) throw new Error("There is no slice.");
  return resolveInputs(manifest, facts, options.locks);
};

const paths = (resolution: Resolution): unknown =>
  resolution.state === "resolved"
    ? Object.fromEntries(resolution.slice.inputs.map(({ name, members }) => [name, members.map(({ path }) => path)]))
    : resolution;

const one = exampleScan("01");
const two = exampleScan("02");
const repeat = exampleScan("01", {
  path: "sub-01/ses-1/anat/sub-01_ses-1_run-2_T1w.nii.gz",
  entities: { sub: "01", ses: "1", run: "2" },
});

test("a raw file comes with its merged metadata and its other companions", () => {
  const dwi = exampleScan("01", {
    path: "sub-01/dwi/sub-01_dwi.nii.gz",
    suffix: "dwi",
    datatype: "dwi",
    files: [
      { path: "sub-01/dwi/sub-01_dwi.nii.gz", role: "image", size: 9, sha256: hash("1") },
      { path: "dwi.bval", role: "bval", size: 1, sha256: hash("2") },
      { path: "sub-01/dwi/sub-01_dwi.bval", role: "bval", size: 1, sha256: hash("3") },
      { path: "dwi.json", role: "json", size: 1, sha256: hash("4") },
    ],
  });
  const resolution = resolve("scan", { dwi: { suffix: "dwi", extension: ".nii.gz" } }, [dwi]);
  expect(resolution).toMatchObject({
    state: "resolved",
    slice: {
      datatype: "dwi",
      inputs: [
        {
          members: [
            {
              sha256: hash("1"),
              companions: [
                { role: "bval", kind: "file", path: "sub-01/dwi/sub-01_dwi.bval" },
                { role: "json", kind: "metadata", metadata: { EchoTime: 0.003 } },
              ],
            },
          ],
        },
      ],
    },
  });
});

test("two files that want to be one input are ambiguous, in bytewise order", () => {
  expect(resolve("session", { t1w }, [one, repeat])).toEqual({
    state: "ambiguous",
    input: "t1w",
    candidates: [one.path, repeat.path].sort(),
  });
});

test("an entity, or its absence, distinguishes two files", () => {
  expect(paths(resolve("session", { t1w: { ...t1w, run: "2" } }, [one, repeat]))).toEqual({ t1w: [repeat.path] });
  expect(paths(resolve("session", { t1w: { ...t1w, run: "02" } }, [one, repeat]))).toEqual({ t1w: [repeat.path] });
  expect(paths(resolve("session", { t1w: { ...t1w, run: null } }, [one, repeat]))).toEqual({ t1w: [one.path] });
});

test("a derivative that is not there yet is waited for, by name", () => {
  expect(resolve("scan", { t1w, mask: { ...mask, of: "t1w" } }, [one])).toEqual({
    state: "waiting",
    input: "mask",
    for: "mask of brain-mask ^1 made from this t1w",
  });
});

test("`of` takes only what was made from that very file as it is now", () => {
  const inputs = { t1w: { ...t1w, run: null }, mask: { ...mask, of: "t1w" } };
  const right = exampleMask(one);
  const other = exampleMask(repeat, { path: "derivatives/brain-mask-1.2.0/other_mask.nii.gz" });
  const stale = exampleMask(one, { sources: [{ dataset: "ds1", path: one.path, sha256: hash("0") }] });
  expect(paths(resolve("session", inputs, [one, repeat], [right, other]))).toEqual({
    t1w: [one.path],
    mask: [right.path],
  });
  expect(resolve("session", inputs, [one, repeat], [stale, other])).toMatchObject({ state: "waiting", input: "mask" });
});

test("`many` takes all there are in the slice, in byte order of path", () => {
  const masks = [exampleMask(two), exampleMask(one)];
  expect(paths(resolve("dataset", { masks: { ...mask, many: true } }, [two, one], masks))).toEqual({
    masks: [exampleMask(one).path, exampleMask(two).path],
  });
});

test("an empty `many` waits", () => {
  expect(resolve("dataset", { masks: { ...mask, many: true } }, [one])).toMatchObject({ state: "waiting" });
});

test("without locks two versions are ambiguous, with locks the locked one is taken", () => {
  const newer = exampleMask(one, { version: "1.3.0", path: "derivatives/brain-mask-1.3.0/x_mask.nii.gz" });
  const settings = exampleMask(one, {
    parametersHash: "0a1b2c3d",
    path: "derivatives/brain-mask-1.2.0+0a1b2c3d/x_mask.nii.gz",
  });
  const all = [exampleMask(one), newer, settings];
  expect(resolve("scan", { mask }, [one], all)).toMatchObject({ state: "ambiguous" });
  const lock = { analysis: "brain-mask", version: "1.3.0", parametersHash: "" };
  expect(paths(resolve("scan", { mask }, [one], all, { locks: [lock] }))).toEqual({ mask: [newer.path] });
  const other = { analysis: "brain-mask", version: "1.2.0", parametersHash: "0a1b2c3d" };
  expect(paths(resolve("scan", { mask }, [one], all, { locks: [other] }))).toEqual({ mask: [settings.path] });
});

test("a version outside the manifest's range is not seen", () => {
  expect(resolve("scan", { mask: { ...mask, version: "^2" } }, [one], [exampleMask(one)])).toMatchObject({
    state: "waiting",
  });
});

test("each member reads the fields of what it belongs to, and absent is null", () => {
  const named = { sub: "02", ses: "1", acq: "01", run: "02" };
  const older = exampleScan("02", {
    subjectAttributes: { age: 40, in: 1, "hand (left)": "L", phenotype: { bdi: { total: 11 } } },
    entities: named,
    scanAttributes: { acq_time: "2020-01-01T10:00:00" },
  });
  const reads = [
    "subject.label",
    "subject.age",
    "session.label",
    "subject.sex",
    "subject.constructor",
    "scan.suffix",
    "scan.entities.run",
    "scan.entities.acq",
    "scan.acq_time",
    "subject.in",
    "subject.hand (left)",
    'subject["hand (left)"]',
    "subject.phenotype.bdi.total",
    "metadata.EchoTime",
    "dataset.name",
  ];
  const resolution = resolve(
    "dataset",
    { masks: { ...mask, many: true } },
    [one, older],
    [exampleMask(one), exampleMask(older)],
    { reads },
  );
  expect(resolution).toMatchObject({
    slice: {
      inputs: [
        {
          members: [
            { reads: { "subject.label": "01", "subject.age": 30 } },
            {
              reads: {
                "subject.label": "02",
                "subject.age": 40,
                "session.label": "1",
                "subject.sex": null,
                "subject.constructor": null,
                "scan.suffix": "T1w",
                "scan.entities.run": 2,
                "scan.entities.acq": "01",
                "scan.acq_time": "2020-01-01T10:00:00",
                "subject.in": 1,
                "subject.hand (left)": "L",
                'subject["hand (left)"]': "L",
                "subject.phenotype.bdi.total": 11,
                "metadata.EchoTime": 0.003,
                "dataset.name": "ds1",
              },
            },
          ],
        },
      ],
    },
  });
});

test.each<[Level, Record<string, string>, string | null]>([
  ["scan", { sub: "01", ses: "1", run: "2" }, "anat"],
  ["session", { sub: "01", ses: "1" }, "anat"],
  ["subject", { sub: "01" }, "anat"],
  ["dataset", {}, null],
])("at level %s outputs are named by %j in %s", (level, entities, datatype) => {
  expect(resolve(level, { t1w }, [repeat])).toMatchObject({ slice: { entities, datatype } });
});

test("a scan's slice also sees what was made of its whole session", () => {
  const slice = { level: "session", dataset: "ds1", subject: "01", session: "1", scan: null } as const;
  const ofSession = exampleMask(one, { slice });
  expect(slicesOf([one, two], [ofSession], "scan").map(({ derivatives }) => derivatives.length)).toEqual([1, 0]);
  expect(paths(resolve("scan", { mask }, [one], [ofSession]))).toEqual({ mask: [ofSession.path] });
});

const t2w = exampleScan("01", { path: "sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz", suffix: "T2w" });

test.each([
  ["single", { suffix: "T2w", extension: ".nii.gz", required: false }],
  ["of many files", { suffix: "T2w", extension: ".nii.gz", many: true, required: false }],
  ["of another analysis", { ...mask, required: false }],
])("an optional input, %s, that a slice does not have is empty", (_, optional) => {
  expect(paths(resolve("session", { t1w, optional }, [one]))).toEqual({ t1w: [one.path], optional: [] });
});

test("an optional input that a slice has is staged as any other", () => {
  const optional = { suffix: "T2w", extension: ".nii.gz", required: false };
  expect(paths(resolve("session", { optional, t1w }, [one, t2w]))).toEqual({ optional: [t2w.path], t1w: [one.path] });
  expect(resolve("session", { optional, t1w }, [one])).toMatchObject({
    state: "resolved",
    slice: { datatype: "anat" },
  });
});

test("several files are ambiguous for an optional input, too", () => {
  const optional = { suffix: "T1w", extension: ".nii.gz", required: false };
  expect(resolve("session", { optional }, [one, repeat])).toMatchObject({ state: "ambiguous", input: "optional" });
});

test("an analysis does not apply to a slice without a raw file that it needs, nor to one with none of its optional inputs", () => {
  expect(resolve("session", { t1w, t2w: { suffix: "T2w", extension: ".nii.gz" } }, [one])).toEqual({
    state: "not-applicable",
    input: "t2w",
    for: "T2w.nii.gz",
  });
  const optional = { suffix: "T2w", extension: ".nii.gz", required: false };
  expect(resolve("session", { optional }, [one])).toMatchObject({ state: "not-applicable", input: "optional" });
});

test("an input may have several suffixes and extensions", () => {
  const plain = exampleScan("02", { path: "sub-02/anat/sub-02_T2w.nii", suffix: "T2w", extension: ".nii" });
  const any = { suffix: ["T1w", "T2w"], extension: [".nii.gz", ".nii"] };
  expect(paths(resolve("scan", { any }, [plain]))).toEqual({ any: [plain.path] });
  expect(paths(resolve("scan", { any }, [one]))).toEqual({ any: [one.path] });
  expect(resolve("scan", { any: { ...any, suffix: ["bold", "sbref"] } }, [one])).toMatchObject({
    for: "bold.nii.gz or bold.nii or sbref.nii.gz or sbref.nii",
  });
});

const lesionOf = (label: string, digit: string) => ({
  path: `sub-${label}/ses-1/anat/sub-${label}_ses-1_T1w_label-lesion_roi.nii.gz`,
  role: "ignored",
  size: 3,
  sha256: hash(digit),
});
const notes = { path: "sub-01/sub-01_notes.txt", role: "ignored", size: 1, sha256: hash("9") };
const lesioned = exampleScan("01", { ignoredFiles: [lesionOf("01", "7"), notes] });
const lesion = { ignored: "*_label-lesion_roi.nii.gz" };

test("a file that .bidsignore names is an input where a pattern asks for it, with what is known of its subject", () => {
  const resolution = resolve("scan", { t1w, lesion }, [lesioned], [], { reads: ["subject.age"] });
  expect(resolution).toMatchObject({
    state: "resolved",
    slice: {
      datatype: "anat",
      inputs: [
        { name: "t1w", members: [{ path: lesioned.path }] },
        {
          name: "lesion",
          members: [
            {
              path: lesionOf("01", "7").path,
              extension: ".nii.gz",
              size: 3,
              sha256: hash("7"),
              companions: [],
              reads: { "subject.age": 30 },
            },
          ],
        },
      ],
    },
  });
});

test("an ignored file that several scans of a slice go with comes once, and several files need `many`", () => {
  const scans = [lesioned, { ...repeat, ignoredFiles: [lesionOf("01", "7"), notes] }];
  expect(paths(resolve("session", { lesion }, scans))).toEqual({ lesion: [lesionOf("01", "7").path] });
  expect(
    paths(resolve("session", { all: { ignored: ["*_roi.nii.gz", "sub-*_notes.txt"], many: true } }, scans)),
  ).toEqual({
    all: [lesionOf("01", "7").path, notes.path],
  });
  expect(resolve("session", { all: { ignored: ["*_roi.nii.gz", "sub-*_notes.txt"] } }, scans)).toMatchObject({
    state: "ambiguous",
  });
});

test("an analysis does not apply to a slice without the ignored file that it needs", () => {
  expect(resolve("scan", { t1w, lesion }, [one])).toEqual({
    state: "not-applicable",
    input: "lesion",
    for: "file called *_label-lesion_roi.nii.gz",
  });
  expect(paths(resolve("scan", { t1w, lesion: { ...lesion, required: false } }, [one]))).toEqual({
    t1w: [one.path],
    lesion: [],
  });
});

test("with `many`, ignored files come of the scans that a query chose only", () => {
  const other = exampleScan("02", { ignoredFiles: [lesionOf("02", "8")] });
  const manifest = manifestFrom({
    ...{ name: "a", version: "1.0.0", image: "a", level: "dataset" },
    inputs: { lesions: { ...lesion, many: true } },
    outputs: { o: { name: "{entities}_o.txt" } },
  });
  const [facts] = slicesOf([lesioned, other], [], "dataset");
  if (facts === undefined) throw new Error("There is no slice.");
  expect(paths(resolveInputs(manifest, facts))).toEqual({
    lesions: [lesionOf("01", "7").path, lesionOf("02", "8").path],
  });
  expect(paths(resolveInputs(manifest, facts, [], [other.path]))).toEqual({ lesions: [lesionOf("02", "8").path] });
});
