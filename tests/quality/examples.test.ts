import { readFileSync } from "node:fs";
import { join } from "node:path";
import { outputFile, parseManifest } from "@rollerblade/analysis";
import { parseDocument } from "@rollerblade/pipeline";
import { expect, test } from "vitest";

const examples = join(import.meta.dirname, "..", "..", "examples");
const read = (...path: string[]): string => readFileSync(join(examples, ...path), "utf8");

test.each([
  ["brain-mask", ["mask.nii.gz"]],
  ["tissue-volumes", ["volumes.json", "segmentation.png"]],
  ["group-report", ["table.tsv", "chart.svg"]],
])("the manifest of %s is good, and its package has the same version", (name, files) => {
  const manifest = parseManifest(read("analyses", name, "analysis.yaml"), name);
  expect(manifest.outputs.map(outputFile)).toEqual(files);
  expect(JSON.parse(read("analyses", name, "package.json"))).toMatchObject({ version: manifest.version });
});

test("the example pipeline is good", () => {
  const { rules, tags } = parseDocument("pipeline", read("pipeline.yaml"));
  expect(rules.map(({ name }) => name)).toEqual(["mask-every-t1w", "volumes-of-every-mask", "group-report"]);
  expect(tags.map(({ name }) => name)).toContain("brain-volume");
});

test.each([
  ["deface", ["image.nii.gz", "check.json"]],
  ["brain-net", ["mask.nii.gz", "volume.json"]],
  ["bias", ["image.nii.gz"]],
  ["tissues", ["volumes.json", "segmentation.nii.gz"]],
  ["group-report", ["table.tsv", "chart.svg"]],
])("the manifest of the flagship's %s is good, and its packages are pinned with hashes", (folder, files) => {
  const manifest = parseManifest(read("flagship", folder, "analysis.yaml"), folder);
  expect([manifest.name, manifest.outputs.map(outputFile)]).toEqual([`flagship-${folder}`, files]);
  if (manifest.environment === undefined) return;
  const requirements = read("flagship", folder, manifest.environment).replaceAll("\\\n", "");
  const packages = requirements.split("\n").filter((line) => /^[a-z]/.test(line));
  expect(packages.length).toBeGreaterThan(3);
  for (const line of packages) expect(line).toMatch(/^[a-z0-9-]+==[0-9.]+ .*--hash=sha256:[0-9a-f]{64}/);
});

test("the pipeline of the flagship goes from heads with faces to a report", () => {
  const { rules, tags } = parseDocument("pipeline", read("flagship", "pipeline.yaml"));
  expect(rules.map(({ run }) => run.analysis)).toEqual(
    ["deface", "brain-net", "bias", "tissues", "group-report"].map((name) => `flagship-${name}`),
  );
  expect(tags.map(({ name }) => name)).toContain("intracranial-volume");
});

const shared: [string, string[]][] = [
  ["bad_input.py", ["brain-net", "deface", "bias", "tissues", "group-report"]],
  ["attempt.py", ["brain-net", "deface", "bias", "tissues"]],
  ...["brain.py", "networks.py", "to_onnx.py", "torchscript.py", "requirements.txt", "uv.toml"].map(
    (file): [string, string[]] => [file, ["brain-net", "deface"]],
  ),
];

// Each analysis is a folder of its own that is built, hashed and copied alone, so what two of them need stands in both.
test.each(shared)("%s of the flagship is the same in %j", (file, folders) => {
  expect(new Set(folders.map((folder) => read("flagship", folder, file))).size).toBe(1);
});

test.each(["bad-input.js", "slice.js", "nifti-header.js", "nifti-image.js"])(
  "%s is the same wherever it is needed",
  (file) => {
    expect(read("analyses", "tissue-volumes", file)).toBe(read("analyses", "brain-mask", file));
  },
);

test("no analysis can read what the tests know to be true", () => {
  for (const name of ["brain-mask", "tissue-volumes", "group-report"]) {
    expect(read("analyses", name, "analysis.yaml")).not.toMatch(/phenotype|truth|brain_volume/);
  }
});
