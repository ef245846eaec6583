import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { exampleManifest } from "./example-manifest.ts";
import { manifestFrom } from "./manifest-from.ts";
import { parseManifest } from "./read-manifest.ts";

const minimal = {
  name: "thing",
  version: "1.0.0",
  image: "thing",
  level: "session",
  inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
  outputs: { out: { name: "{entities}_desc-out_T1w.nii.gz" } },
};

const findingsOf = (value: unknown): string[] => {
  try {
    manifestFrom(value);
    return [];
  } catch (error) {
    return Problem.from(error).findings.map(({ where, message }) => `${where}: ${message}`);
  }
};

test("a manifest is read with its units and defaults", () => {
  expect(exampleManifest).toMatchObject({
    names: "neutral",
    layout: "flat",
    resources: { cpu: 1, memory: 2 * 2 ** 30, disk: 4 * 2 ** 30, gpu: 0, timeout: 1800 },
    retry: { attempts: 3, memoryStep: 1.5, memoryMax: 16 * 2 ** 30 },
    inputs: [{ kind: "raw", name: "t1w", suffix: "T1w", datatype: null, entities: {}, many: false }],
    outputs: [
      { name: "mask", required: true },
      { name: "report", required: false },
    ],
  });
});

test("a manifest that was read reads back to itself", () => {
  expect(manifestFrom(JSON.parse(JSON.stringify(exampleManifest)))).toEqual(exampleManifest);
});

test("entities of a raw input stand beside its suffix, and null asks for their absence", () => {
  const manifest = manifestFrom({
    ...minimal,
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz", run: 1, acq: null } },
  });
  expect(manifest.inputs[0]).toMatchObject({ entities: { run: "1", acq: null } });
});

test.each<[string, object, string]>([
  [
    "an environment of conda by another name",
    { process: ["python", "main.py"], environment: "conda.yaml" },
    'environment: "conda.yaml" is not built: call what `conda env export` writes environment.yml',
  ],
  [
    "packages of npm without a lock",
    { process: ["node", "main.js"], environment: "package.json" },
    'environment: "package.json" is not built: run `npm install` beside it and name package-lock.json',
  ],
  [
    "an environment without a lock",
    { process: ["python", "main.py"], environment: "pyproject.toml" },
    'environment: "pyproject.toml" is not a lockfile: run `uv lock` beside it and name uv.lock',
  ],
  [
    "an environment elsewhere",
    { process: ["python", "main.py"], environment: "../requirements.txt" },
    'environment: "../requirements.txt" is none: it must be requirements.txt, uv.lock, environment.yml or package-lock.json, beside the manifest',
  ],
  [
    "an environment of an image",
    { environment: "uv.lock" },
    "environment: is for `process`, which is missing; an image brings its own",
  ],
  ["an unknown field", { desciption: "x" }, 'desciption: unknown field "desciption"; did you mean "description"?'],
  [
    "a missing field",
    { level: undefined },
    'level: Invalid option: expected one of "scan"|"session"|"subject"|"dataset"',
  ],
  [
    "a misspelt entity",
    { inputs: { t1w: { suffix: "T1w", extension: ".nii.gz", sufix: "x" } } },
    'inputs.t1w.sufix: unknown field or BIDS entity "sufix"; did you mean "suffix"?',
  ],
  [
    "a misspelt field of a derivative",
    { inputs: { a: { analysis: "x", version: "^1", outpt: "m" } } },
    'inputs.a.outpt: unknown field "outpt"; did you mean "output"?',
  ],
  [
    "a field of our written-out form",
    { outputs: { out: { name: "{entities}_x.txt", template: "y" } } },
    'outputs.out.template: unknown field "template"',
  ],
  [
    "a version that is none",
    { version: "1.2" },
    "version: must be a full version such as 1.2.0, without build metadata",
  ],
  [
    "a range that is none",
    { inputs: { a: { analysis: "x", version: "one", output: "m" } } },
    "inputs.a.version: must be a version range such as ^1 or ~1.2",
  ],
  [
    "a memory that is none",
    { resources: { memory: "2 gigs" } },
    'resources.memory: "2 gigs" is not a quantity of bytes such as 512Mi or 2Gi',
  ],
  [
    "a duration that is none",
    { resources: { timeout: "soon" } },
    'resources.timeout: "soon" is not a duration such as 90s, 30m or 1h30m',
  ],
  ["no code", { image: undefined }, "image: is missing (or `process`, for trusted local code)"],
  [
    "an unknown placeholder",
    { command: ["x", "{in.t2w}"] },
    'command: unknown placeholder {in.t2w} in "{in.t2w}"; known are {in.t1w}, {out.out}',
  ],
  ["a lone brace", { command: ["{"] }, 'command: unknown placeholder { in "{"; known are {in.t1w}, {out.out}'],
  [
    "an output name that leaves its folder",
    { outputs: { out: { name: "../{entities}_x.nii" } } },
    'outputs.out.name: "../{entities}_x.nii" must be {entities}, further entities, a suffix and an extension, for example {entities}_desc-brain_mask.nii.gz',
  ],
  [
    "an output name with a folder",
    { outputs: { out: { name: "{entities}_a/b_x.nii" } } },
    'outputs.out.name: "{entities}_a/b_x.nii" must be {entities}, further entities, a suffix and an extension, for example {entities}_desc-brain_mask.nii.gz',
  ],
  [
    "an output name that sets the subject",
    { outputs: { out: { name: "{entities}_sub-02_x.nii" } } },
    'outputs.out.name: "sub" comes with {entities} and cannot be set',
  ],
  [
    "an output that would be a sidecar",
    { outputs: { a: { name: "{entities}_desc-x_mask.nii" }, b: { name: "{entities}_mask.json" } } },
    'outputs.b.name: would be read as the sidecar of "a"; give it another suffix',
  ],
  [
    "two outputs with one name",
    { outputs: { a: { name: "{entities}_x.nii" }, b: { name: "{entities}_x.nii" } } },
    'outputs: two outputs are named "{entities}_x.nii"',
  ],
  [
    "an input that is made from a later one",
    { inputs: { m: { analysis: "x", version: "1", output: "m", of: "t" }, t: { suffix: "T1w", extension: ".nii" } } },
    'inputs.m.of: "t" is not an input that stands before it',
  ],
  [
    "an input called slice",
    { inputs: { slice: { suffix: "T1w", extension: ".nii" } } },
    "inputs.slice: the name is taken by slice.json",
  ],
  [
    "a field that cannot be read",
    { reads: ["subjekt.age"] },
    "reads.0: Unknown field subjekt.age; did you mean subject.age?",
  ],
  [
    "an entity by its long name",
    { reads: ["scan.entities.acquisition"] },
    "reads.0: Unknown field scan.entities.acquisition; did you mean scan.entities.acq?",
  ],
  [
    "a group of fields",
    { reads: ["subject"] },
    "reads.0: subject is a group of fields; choose one, for example subject.label",
  ],
  ["an expression", { reads: ["scan.suffix == 1"] }, "reads.0: scan.suffix == 1 is not the name of a field"],
  [
    "what is an input anyway",
    { reads: ["file.size"] },
    "reads.0: file.size cannot be read; the file itself is an input",
  ],
  [
    "a schema that is none",
    { parameters: { properties: { x: { type: "numer" } } } },
    "parameters.properties.x.type: must be equal to one of the allowed values",
  ],
])("%s is refused with field and reason", (_, change, expected) => {
  expect(findingsOf({ ...minimal, ...change })).toContain(expected);
});

test("what is not YAML is refused with its line", () => {
  expect(() => parseManifest("name: [", "thing/analysis.yaml")).toThrow(/^thing\/analysis.yaml: line \d+: /);
});

test.each([
  ["nested too deep", `parameters: {properties: ${"[".repeat(100_000)}`, /nested deeper than 64 levels/],
  ["nested too deep and closed", `name: ${"[".repeat(80)}${"]".repeat(80)}`, /nested deeper than 64 levels/],
  ["aliases that multiply", bombOf(9), /alias/i],
  ["a text without end", `# ${"x".repeat(1_100_000)}`, /longer than 262144 characters/],
  ["keys without end", Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join("\n"), /more than 10000 words/],
  ["tags without end", "!!x ".repeat(60_000), /more than 10000 words/],
  ["aliases without end", "- &a a\n- *a\n".repeat(5_000), /more than 100 aliases/],
  ["escapes without end", `"${"\\q".repeat(100_000)}"`, /more than 5000 escapes/],
  ["a key that appears twice", "name: a\nname: b", /line 2: Map keys must be unique/],
  ["a key that appears twice within", "parameters: {a: 1, a: 2}", /line 1: Map keys must be unique/],
])("YAML is refused and not followed: %s", (_, text, expected) => {
  expect(() => parseManifest(text)).toThrow(expected);
  expect(() => parseManifest(text)).toThrow(Problem);
});

test("a manifest that is a list is refused", () => {
  expect(findingsOf([])).toEqual(["manifest: this is a list where fields (`key: value`) are needed"]);
});

test.each([
  [
    "a number that YAML reads without its zeros",
    "{default: 01}",
    "01 is the number 1 in YAML: put it in quotes, or write 1",
  ],
  ["the hash of a commit", "{default: 12e4567}", "12e4567 is not a number that a program can hold"],
  ["too many digits", "{default: 9007199254740993}", "9007199254740993 has more digits than a number can hold"],
  ["NUL", '{default: "a\\0"}', "a text holds a NUL character"],
])("%s is refused with its line", (_, schema, message) => {
  const text = `name: x\nversion: 1.0.0\nparameters:\n  properties:\n    label: ${schema}\n`;
  expect(() => parseManifest(text)).toThrow(`line 5: ${message}`);
});

/** Ten aliases of ten aliases of …: the levels to the power of ten in values. */
function bombOf(levels: number): string {
  const lines = Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(10)}]`,
  );
  return ["a0: &a0 [x]", ...lines].join("\n");
}
