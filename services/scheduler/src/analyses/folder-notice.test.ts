import { parseManifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { folderNotice } from "./folder-notice.ts";

const manifest = parseManifest(`
name: qc
version: 1.0.0
process: [python, main.py]
environment: requirements.txt
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {size: {name: "{entities}_desc-qc_report.json"}}
`);
const { environment: _, ...plain } = manifest;
const analysis = { name: "qc", version: "1.0.0", manifest, code: "process:sha256:1", folder: "/code/qc" };

test("a folder that is what was created needs no word, and one that differs has one", async () => {
  expect(await folderNotice(async () => "process:sha256:1", analysis)).toBeNull();
  expect(await folderNotice(async () => "process:sha256:2", analysis)).toBe(
    "qc 1.0.0 is used as it was created, and /code/qc differs from it: to run what is there, raise the version in its manifest and create it.",
  );
  const broken = async () => {
    throw new Problem({ code: "invalid", message: "There is no folder." });
  };
  expect(await folderNotice(broken, analysis)).toContain("its folder cannot be looked at now: There is no folder.");
  expect(await folderNotice(null, analysis)).toBeNull();
});

test("an environment that has to be built first is named, since its lockfile may have changed", async () => {
  const never = () => new Promise<string>(() => {});
  const look = (of: typeof analysis) => folderNotice(never, of, 1);
  expect(await look(analysis)).toMatch(
    /is not known yet, since the environment of its requirements\.txt has to be built/,
  );
  expect(await look({ ...analysis, manifest: plain })).toBeNull();
});
