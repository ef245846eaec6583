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

// Each analysis is a folder of its own that is built, hashed and copied alone, so what two of them need stands in both.
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
