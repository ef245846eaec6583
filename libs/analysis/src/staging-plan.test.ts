import { type ScanFacts, slicesOf } from "@rollerblade/abids/facts";
import { exampleMask, exampleScan, hash } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import { exampleManifest } from "./example-manifest.ts";
import { executionKey } from "./execution-key.ts";
import type { Manifest } from "./manifest.ts";
import { manifestFrom } from "./manifest-from.ts";
import { resolveInputs } from "./resolve-inputs.ts";
import { inputPath, stagingPlan } from "./staging-plan.ts";

const scans = [exampleScan("01"), exampleScan("02", { subjectAttributes: { age: 40 } })];

const planOf = (manifest: Manifest): { files: Record<string, string>; slice: unknown; path: string | null } => {
  const [facts] = slicesOf(
    scans,
    scans.map((scan) => exampleMask(scan)),
    manifest.level,
  );
  const resolution = facts && resolveInputs(manifest, facts);
  if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
  const plan = stagingPlan(manifest, resolution.slice, { threshold: 0.5 });
  const files = Object.fromEntries(plan.map((file) => [file.path, file.kind === "text" ? file.text : file.source]));
  const [input] = resolution.slice.inputs;
  return { files, slice: JSON.parse(files["slice.json"] ?? ""), path: input ? inputPath(manifest, input) : "" };
};

test("a scan lies under its input's name with its companions, and slice.json shows what was declared", () => {
  const { files, slice, path } = planOf(exampleManifest);
  expect(Object.keys(files)).toEqual(["t1w.nii.gz", "t1w.json", "slice.json"]);
  expect(files["t1w.json"]).toBe('{"EchoTime":0.003}');
  expect(path).toBe("t1w.nii.gz");
  expect(slice).toEqual({
    parameters: { threshold: 0.5 },
    level: "scan",
    reads: { "subject.age": 30, "scan.entities.run": null },
    inputs: {
      t1w: { file: "t1w.nii.gz", companions: ["t1w.json"], reads: { "subject.age": 30, "scan.entities.run": null } },
    },
  });
});

const group = {
  name: "group",
  version: "1.0.0",
  image: "x",
  level: "dataset",
  inputs: { masks: { analysis: "brain-mask", version: "^1", output: "mask", many: true } },
  reads: ["subject.age", "dataset.name"],
  outputs: { report: { name: "{entities}_report.html" } },
};

test("a many is a numbered folder with an index, and the slice's own reads are those that all members share", () => {
  const { files, slice, path } = planOf(manifestFrom(group));
  expect(Object.keys(files)).toEqual(["masks/000000.nii.gz", "masks/000001.nii.gz", "masks/index.json", "slice.json"]);
  expect(path).toBe("masks");
  expect(slice).toMatchObject({
    reads: { "dataset.name": "ds1" },
    inputs: { masks: JSON.parse(files["masks/index.json"] ?? "") },
  });
  expect(JSON.parse(files["masks/index.json"] ?? "")).toMatchObject([
    { file: "masks/000000.nii.gz", companions: [], reads: { "subject.age": 30 } },
    { file: "masks/000001.nii.gz", companions: [], reads: { "subject.age": 40 } },
  ]);
});

test("with BIDS names each file keeps its own name", () => {
  expect(Object.keys(planOf(manifestFrom({ ...exampleManifest, names: "bids" })).files)).toEqual([
    "t1w/sub-01_ses-1_T1w.nii.gz",
    "t1w/sub-01_ses-1_T1w.json",
    "slice.json",
  ]);
});

test("with the BIDS layout the files lie in a BIDS tree", () => {
  expect(Object.keys(planOf(manifestFrom({ ...exampleManifest, layout: "bids" })).files)).toEqual([
    "bids/sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz",
    "bids/sub-01/ses-1/anat/sub-01_ses-1_T1w.json",
    "bids/dataset_description.json",
    "bids/README",
    "bids/participants.tsv",
    "slice.json",
  ]);
});

const lesion = { path: "sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz", role: "ignored", size: 3, sha256: hash("7") };

test.for([
  ["flat", ["t1w.nii.gz", "t1w.json", "lesion.nii.gz", "slice.json"]],
  [
    "bids",
    [
      "bids/sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz",
      "bids/sub-01/ses-1/anat/sub-01_ses-1_T1w.json",
      `bids/${lesion.path}`,
      "bids/dataset_description.json",
      "bids/README",
      "bids/participants.tsv",
      "bids/.bidsignore",
      "slice.json",
    ],
  ],
] as const)(
  "an ignored file that is asked for is staged in the layout %s, and is part of the key",
  ([layout, expected]) => {
    const manifest = manifestFrom({
      ...{ name: "a", version: "1.0.0", image: "x", level: "scan", layout },
      inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" }, lesion: { ignored: "*_label-lesion_roi.nii.gz" } },
      outputs: { o: { name: "{entities}_o.html" } },
    });
    const requested = (sha256: string) => {
      const [facts] = slicesOf([exampleScan("01", { ignoredFiles: [{ ...lesion, sha256 }] })], [], "scan");
      const resolution = facts && resolveInputs(manifest, facts);
      if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
      return resolution.slice;
    };
    const plan = stagingPlan(manifest, requested(lesion.sha256), {});
    expect(plan.map(({ path }) => path)).toEqual(expected);
    expect(plan.find(({ path }) => path.endsWith(".bidsignore"))).toEqual(
      layout === "bids" ? { kind: "text", path: "bids/.bidsignore", text: "*_label-lesion_roi.nii.gz\n" } : undefined,
    );
    const keyOf = (sha256: string) =>
      executionKey({ code: "image:sha256:1", manifest, parameters: {}, slice: requested(sha256) });
    expect(keyOf(hash("7"))).not.toBe(keyOf(hash("8")));
  },
);
/** The plan of an analysis with the BIDS layout over the one subject of these scans. */
const bidsPlan = (files: readonly ScanFacts[], manifest: object): Map<string, string> => {
  const [facts] = slicesOf(files, [], "subject");
  const whole = manifestFrom({ ...group, layout: "bids", level: "subject", reads: [], ...manifest });
  const resolution = facts && resolveInputs(whole, facts);
  if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
  const plan = stagingPlan(whole, resolution.slice, {});
  return new Map(plan.map((file) => [file.path, file.kind === "text" ? file.text : `${file.source}`]));
};

test("the tables of a BIDS tree are cut to its people, and to the columns that are declared", () => {
  const files = bidsPlan([exampleScan("01")], {
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz", many: true } },
    reads: ["subject.label", "subject.age", "subject.sex"],
  });
  expect(files.get("bids/participants.tsv")).toBe("participant_id\tage\tsex\nsub-01\t30\tn/a\n");
  expect(files.has("bids/sub-01/sub-01_sessions.tsv")).toBe(false);
});

test("what is recorded of scans lies in the tables of a BIDS tree, if it is declared", () => {
  const files = bidsPlan([exampleScan("01", { scanAttributes: { acq_time: "2024-03-01T09:30:00" } })], {
    inputs: { anat: { suffix: ["T1w", "T2w"], extension: ".nii.gz", many: true } },
    reads: ["scan.suffix", "scan.acq_time"],
  });
  expect(files.get("bids/sub-01/ses-1/sub-01_ses-1_scans.tsv")).toBe(
    "filename\tacq_time\nanat/sub-01_ses-1_T1w.nii.gz\t2024-03-01T09:30:00\n",
  );
});

test("a field map is intended for those runs only that the tree has, and what is inherited lies beside its scan", () => {
  const raw = (name: string, datatype: string, more: Partial<ScanFacts> = {}): ScanFacts => {
    const path = `sub-01/${datatype}/sub-01_${name}`;
    const [stem = "", ...extension] = name.split(".");
    const file = { path, role: "image", size: 1, sha256: `sha256:${"1".repeat(64)}` };
    return {
      ...exampleScan("01"),
      ...{
        path,
        datatype,
        session: null,
        suffix: stem.slice(stem.lastIndexOf("_") + 1),
        extension: `.${extension.join(".")}`,
      },
      entities: { sub: "01", ...(/task-(\w+?)_/.test(name) && { task: /task-(\w+?)_/.exec(name)?.[1] ?? "" }) },
      files: [file],
      ...more,
    };
  };
  const events = { path: "task-rest_events.tsv", role: "events.tsv", size: 1, sha256: `sha256:${"2".repeat(64)}` };
  const rest = raw("task-rest_bold.nii.gz", "func");
  const scans = [
    { ...rest, files: [...rest.files, events] },
    raw("task-nback_bold.nii.gz", "func"),
    raw("dir-AP_epi.nii.gz", "fmap", {
      metadata: {
        IntendedFor: ["bids::sub-01/func/sub-01_task-rest_bold.nii.gz", "func/sub-01_task-nback_bold.nii.gz"],
        EchoTime: 1,
      },
    }),
  ];
  const inputs = {
    rest: { suffix: "bold", extension: ".nii.gz", task: "rest" },
    fmaps: { suffix: "epi", extension: ".nii.gz", datatype: "fmap", many: true, required: false },
  };
  const files = bidsPlan(scans, { inputs });
  expect(files.get("bids/sub-01/fmap/sub-01_dir-AP_epi.json")).toBe(
    '{"EchoTime":1,"IntendedFor":["bids::sub-01/func/sub-01_task-rest_bold.nii.gz"]}',
  );
  expect(files.get("bids/sub-01/func/sub-01_task-rest_events.tsv")).toBe("task-rest_events.tsv");
  const nback = bidsPlan(scans, { inputs: { ...inputs, rest: { ...inputs.rest, task: "nback" } } });
  expect(nback.get("bids/sub-01/fmap/sub-01_dir-AP_epi.json")).toContain('["func/sub-01_task-nback_bold.nii.gz"]');
});

test("what another analysis made lies beside the raw files as a dataset of its own, or in the tree that the program fills", () => {
  const mask = exampleMask(exampleScan("01"));
  const masks = { analysis: "brain-mask", version: "^1", output: "mask", many: true };
  const beside = planOf(
    manifestFrom({ ...group, level: "session", reads: [], layout: "bids", inputs: { masks } }),
  ).files;
  const folder = mask.path.split("/").slice(0, 2).join("/");
  expect(Object.keys(beside)).toContain(`bids/${folder}/dataset_description.json`);
  expect(beside[`bids/${mask.path}`]).toBe(mask.path);
  const filled = planOf(
    manifestFrom({
      ...{ ...group, level: "session", reads: [], layout: "bids" },
      inputs: { masks: { ...masks, into: "report" } },
      outputs: { report: { tree: { must: ["group.tsv"] } } },
    }),
  );
  const path = `report/${mask.path.split("/").slice(2).join("/")}`;
  expect(filled.files[path]).toBe(mask.path);
  expect(Object.keys(filled.files)).toContain("report/dataset_description.json");
});
