import { readBidsIgnore } from "@rollerblade/abids";
import { describe, expect, it } from "vitest";
import { bareOutputs, ignorePatterns, unofficialOutputs } from "./bids-ignore.ts";
import { parseManifest } from "./read-manifest.ts";

const manifestOf = (level: string, outputs: string, input = "t1w: {suffix: T1w, extension: .nii.gz}") =>
  parseManifest(`
name: test
version: 1.0.0
process: [node, main.js]
level: ${level}
inputs:
  ${input}
outputs:
  ${outputs}
`);

describe("names that BIDS does not have", () => {
  it.each([
    ["scan", 'mask: {name: "{entities}_desc-brain_mask.nii.gz"}', []],
    ["session", 'labels: {name: "{entities}_desc-tissue_dseg.nii.gz"}', []],
    ["scan", 'volumes: {name: "{entities}_desc-tissue_volumes.json"}', ["*desc-tissue*_volumes.json"]],
    ["scan", 'facts: {name: "{entities}_desc-facts_T1w.json"}', ["*desc-facts*_T1w.json"]],
    ["scan", 'picture: {name: "{entities}_dseg.png"}', ["*dseg.json", "*dseg.png"]],
    [
      "dataset",
      'table: {name: "{entities}_desc-group_volumes.tsv"}',
      ["*desc-group*_volumes.json", "*desc-group*_volumes.tsv"],
    ],
  ])("at level %s, %s is ignored by %j", (level, outputs, patterns) => {
    expect(ignorePatterns(manifestOf(level, outputs))).toEqual(patterns);
  });

  it("are matched with whatever entities the slice adds before, between and after", () => {
    const ignore = readBidsIgnore(
      ignorePatterns(manifestOf("scan", 'a: {name: "{entities}_acq-x_desc-y_words.txt"}')).join("\n"),
    );
    expect(ignore("sub-01/anat/sub-01_acq-x_run-1_desc-y_words.txt")).toBe(true);
    expect(ignore("sub-01/anat/sub-01_acq-x_run-1_desc-y_words.json")).toBe(true);
    expect(ignore("sub-01/anat/sub-01_desc-brain_mask.nii.gz")).toBe(false);
  });

  it("are found among the published files where only some slices bring them about", () => {
    const manifest = manifestOf("scan", 'mask: {name: "{entities}_desc-brain_mask.nii.gz"}');
    const odd = "sub-01/anat/sub-01_mod-T1w_desc-brain_mask.nii.gz";
    expect(ignorePatterns(manifest, ["sub-01/anat/sub-01_desc-brain_mask.nii.gz"])).toEqual([]);
    expect(ignorePatterns(manifest, [odd])).toEqual(["*desc-brain*_mask.json", "*desc-brain*_mask.nii.gz"]);
  });

  it("are reported with the rule that they break and the name that was probably meant", () => {
    const [mask] = unofficialOutputs(manifestOf("scan", 'mask: {name: "{entities}_desc-brain_Mask.nii.gz"}'));
    expect(mask).toMatchObject({ output: "mask", nearest: "{entities}_desc-brain_mask.nii.gz" });
    expect(mask?.reason).toMatch(/Mask/);
  });
});

describe("fields that BIDS requires of an output", () => {
  it.each([
    ["image", 'brain: {name: "{entities}_desc-brain_T1w.nii.gz"}', [["brain", ["SkullStripped"]]]],
    [
      "image that states them",
      'brain: {name: "{entities}_desc-brain_T1w.nii.gz", metadata: {SkullStripped: true}}',
      [],
    ],
    ["mask", 'mask: {name: "{entities}_desc-brain_mask.nii.gz"}', []],
    ["table", 'table: {name: "{entities}_desc-x_volumes.tsv"}', []],
  ])("of an %s", (_, outputs, expected) => {
    expect(bareOutputs(manifestOf("scan", outputs)).map(({ output, fields }) => [output, fields])).toEqual(expected);
  });
});
