import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import type { Manifest } from "../manifest.ts";
import { resolveParameters } from "../parameters.ts";
import { substitute } from "../placeholders.ts";
import { parseManifest } from "../read-manifest.ts";
import { importBidsApp, importBoutiques } from "./index.ts";

const input = (id: string, more: object = {}) => ({
  id,
  name: id,
  type: "String",
  "value-key": `[${id.toUpperCase()}]`,
  ...more,
});
const optional = { optional: true };

const tool = {
  name: "Smooth It",
  description: "Smooths an image",
  "tool-version": "6.0",
  "schema-version": "0.5",
  "command-line": "smooth run [IN_FILE] out=[OUT].nii.gz [SIGMA] [KERNEL] [FAST] [EXACT] [LABELS] [MASK] {x}",
  "container-image": { type: "singularity", image: "docker://example/smooth:6.0" },
  "environment-variables": [{ name: "OMP_NUM_THREADS", value: "1" }],
  inputs: [
    input("in_file", { type: "File", description: "A 4D functional image" }),
    input("out", { "default-value": "smoothed" }),
    input("sigma", { type: "Number", "command-line-flag": "-s", minimum: 0, "exclusive-minimum": true, ...optional }),
    input("kernel", {
      "command-line-flag": "-k",
      "value-choices": ["gauss", "box"],
      "value-requires": { box: ["sigma"] },
      ...optional,
    }),
    input("fast", { type: "Flag", "command-line-flag": "--fast", ...optional }),
    input("exact", { type: "Flag", "command-line-flag": "--exact", "requires-inputs": ["sigma"], ...optional }),
    input("labels", {
      type: "Number",
      integer: true,
      list: true,
      "list-separator": ",",
      "max-list-entries": 3,
      "command-line-flag": "--labels",
      "command-line-flag-separator": "=",
      ...optional,
    }),
    input("mask", { type: "File", "command-line-flag": "-m", ...optional }),
  ],
  groups: [{ id: "how", name: "how", members: ["fast", "exact"], "mutually-exclusive": true }],
  "output-files": [
    { id: "image", name: "image", "path-template": "[OUT].nii.gz" },
    {
      id: "log",
      name: "log",
      "conditional-path-template": [{ "fast == true": "fast.log" }, { default: "[OUT]_slow.log" }],
    },
    { id: "extra", name: "extra", "path-template": "extra.txt", optional: true },
  ],
  "suggested-resources": { "cpu-cores": 2, ram: 4, "walltime-estimate": 600 },
};

const argumentsOf = (manifest: Manifest, parameters: Record<string, string | number | boolean | number[]>): string[] =>
  substitute(
    manifest.command ?? [],
    { in: { inFile: "/in/x.nii.gz" }, out: { results: "/out/results" } },
    resolveParameters(manifest, parameters),
  );

test("a descriptor becomes a manifest whose arguments are those of the tool, in a folder that it fills", () => {
  const { text, name } = importBoutiques(tool, "smooth.json");
  const manifest = parseManifest(text);
  expect(name).toBe("smooth-it");
  expect(manifest).toMatchObject({
    version: "6.0.0",
    image: "example/smooth:6.0",
    entrypoint: ["env", "OMP_NUM_THREADS=1", "smooth", "run"],
    workingDirectory: "results",
    level: "session",
    inputs: [{ name: "inFile", suffix: "bold" }],
    outputs: [{ name: "results", tree: { must: ["*.nii.gz", ["fast.log", "*_slow.log"]] } }],
    resources: { cpu: 2, memory: 4 * 2 ** 30, timeout: 600 },
  });
  expect(argumentsOf(manifest, {})).toEqual(["/in/x.nii.gz", "out=smoothed.nii.gz", "{x}"]);
  expect(argumentsOf(manifest, { out: "o", sigma: 2, kernel: "box", exact: true, labels: [1, 2] })).toEqual([
    ...["/in/x.nii.gz", "out=o.nii.gz", "-s", "2", "-k", "box", "--exact", "--labels=1,2", "{x}"],
  ]);
});

test.each<[string, Record<string, string | number | boolean | number[]>]>([
  ["two of a group that excludes them", { fast: true, exact: true, sigma: 1 }],
  ["a flag without what it requires", { exact: true }],
  ["a value without what it requires", { kernel: "box" }],
  ["a value that is no choice", { kernel: "other" }],
  ["a number at its exclusive bound", { sigma: 0 }],
  ["too many items", { labels: [1, 2, 3, 4] }],
])("what the descriptor forbids is refused: %s", (_, parameters) => {
  const manifest = parseManifest(importBoutiques(tool, "smooth.json").text);
  expect(() => resolveParameters(manifest, parameters)).toThrow(Problem);
});

test("whatever was guessed is marked at its field", () => {
  const { text, guesses } = importBoutiques(tool, "smooth.json");
  const marks = text.split("\n").filter((line) => /# (GUESS|TODO)/.test(line));
  expect(guesses).toBe(marks.length);
  expect(marks.map((line) => line.trim())).toEqual([
    'name: smooth-it # GUESS: the descriptor calls it "Smooth It"',
    'version: 6.0.0 # GUESS: the descriptor says "6.0"',
    expect.stringContaining("# TODO: left out, since they are optional files: mask"),
    expect.stringMatching(
      /inFile: .* # GUESS: in_file \(A 4D functional image\) is taken for the one bold of the session/,
    ),
    expect.stringContaining("# GUESS: stars stand for values"),
  ]);
});

test.each<[string, object, string]>([
  [
    "a nested sub-command",
    { inputs: [input("algorithm", { type: { name: "inner", "command-line": "x" } })] },
    "inputs.algorithm.type is a command of its own",
  ],
  ["an output that is printed", { "stdout-output": { id: "out" } }, "stdout-output takes what is printed"],
  ["a shell", { "command-line": "cd /tmp && smooth [IN_FILE]" }, "command-line needs a shell"],
  ["no command", { "command-line": "" }, "command-line "],
  [
    "a settings file",
    { "output-files": [{ id: "cfg", "path-template": "x", "file-template": ["a"] }] },
    "output-files.cfg.file-template",
  ],
])("what a manifest cannot express is refused by its field: %s", (_, changes, message) => {
  expect(() => importBoutiques({ ...tool, ...changes }, "smooth.json")).toThrow(message);
});

const app = {
  name: "prep",
  description: "A BIDS App",
  "tool-version": "24.1.1",
  "command-line":
    "prep [BIDS_DIR] [OUTPUT_DIR] [ANALYSIS_LEVEL] [PARTICIPANT_LABEL] [NPROCS] [MEM] [WORK_DIR] [NOTRACK] [OUTPUT_SPACES] [FS_LICENSE_FILE] [ANAT_ONLY]",
  "container-image": { type: "docker", image: "example/prep:24.1.1" },
  inputs: [
    input("bids_dir"),
    input("output_dir"),
    input("analysis_level", { "value-choices": ["participant"] }),
    input("participant_label", { list: true, "command-line-flag": "--participant-label", ...optional }),
    input("nprocs", { "command-line-flag": "--nprocs", ...optional }),
    input("mem", { "command-line-flag": "--mem", ...optional }),
    input("work_dir", { "command-line-flag": "-w", ...optional }),
    input("notrack", { type: "Flag", "command-line-flag": "--notrack", ...optional }),
    input("output_spaces", { list: true, "command-line-flag": "--output-spaces", ...optional }),
    input("fs_license_file", { "command-line-flag": "--fs-license-file", ...optional }),
    input("anat_only", { type: "Flag", "command-line-flag": "--anat-only", ...optional }),
  ],
};

test("a BIDS App gets its tree, its label and its resources from us, and the rest from the invocation and the tracker", () => {
  const { text } = importBoutiques(app, "prep.json", {
    invocation: { bids_dir: "[[NIPOPPY_DPATH_BIDS]]", output_spaces: ["T1w"], anat_only: true, nprocs: "8" },
    tracker: { PATHS: ["[[NIPOPPY_BIDS_PARTICIPANT_ID]]/anat/[[NIPOPPY_BIDS_PARTICIPANT_ID]]*_T1w.nii.gz"] },
  });
  const manifest = parseManifest(text);
  expect(manifest).toMatchObject({
    layout: "bids",
    level: "subject",
    entrypoint: ["prep"],
    command: [
      "{bids}",
      "{out.derivatives}",
      "participant",
      "--participant-label",
      "{slice.subject}",
      ["--output-spaces", "{param.output_spaces...}"],
      ["--anat-only", "{param.anat_only?}"],
    ],
    neutral: ["--nprocs", "{cpus}", "--mem", "{memory.mb}", "-w", "{work}", "--notrack"],
    outputs: [{ name: "derivatives", tree: { must: ["sub-{subject}/anat/sub-{subject}*_T1w.nii.gz"] } }],
  });
  expect(resolveParameters(manifest, {})).toEqual({ output_spaces: ["T1w"], anat_only: true });
  expect(text).toContain("TODO: left out, since they are files or folders of the machine: fs_license_file");
});

test.each(["participant", "group"] as const)(
  "the image of a BIDS App alone becomes a manifest of its %s level",
  (level) => {
    const { name, text } = importBidsApp("ghcr.io/nipreps/mriqc:24.0.2", level);
    const manifest = parseManifest(text);
    expect(name).toBe(level === "group" ? "mriqc-group" : "mriqc");
    expect(manifest).toMatchObject({ version: "24.0.2", layout: "bids", image: "ghcr.io/nipreps/mriqc:24.0.2" });
    if (level === "group")
      expect(manifest).toMatchObject({
        level: "dataset",
        inputs: [{ analysis: "mriqc", version: "^24.0.2", into: "derivatives", many: true }],
      });
  },
);

test("a flag that the descriptor does not call optional needs no value", () => {
  const inputs = [...tool.inputs, input("loud", { type: "Flag", "command-line-flag": "--loud" })];
  const loud = { ...tool, inputs, "command-line": `${tool["command-line"]} [LOUD]` };
  const manifest = parseManifest(importBoutiques(loud, "loud.json").text);
  expect(argumentsOf(manifest, {})).not.toContain("--loud");
  expect(argumentsOf(manifest, { loud: true })).toContain("--loud");
});
