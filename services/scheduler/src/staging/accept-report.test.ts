import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { podOutputKey } from "@rollerblade/abids/bucket-layout";
import { maxSidecarBytes, parseManifest } from "@rollerblade/analysis";
import { openObjectStore } from "@rollerblade/object-store";
import { afterAll, expect, test } from "vitest";
import { acceptReport } from "./accept-report.ts";

const folder = mkdtempSync(join(tmpdir(), "rollerblade-reports-"));
afterAll(() => rmSync(folder, { recursive: true }));
const objects = openObjectStore(pathToFileURL(folder).href, { publicUrl: "http://127.0.0.1:1", secret: "x" });

const manifest = parseManifest(`
name: strip
version: 1.0.0
image: example.org/strip:1
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs:
  brain: {name: "{entities}_desc-brain_T1w.nii.gz"}
  mask: {name: "{entities}_desc-brain_mask.nii.gz", required: false}
`);

let count = 0;

/** A Pod that left these files in the bucket, and reports them with their sizes or with other ones. */
const reported = async (files: Readonly<Record<string, string>>, sizes: Readonly<Record<string, number>> = {}) => {
  const reporter = {
    execution: "e",
    attempt: `a${++count}`,
    pod: "p",
    manifest,
    requested: { entities: { sub: "01" } },
  };
  const outputs = Object.entries(files).map(([name, content]) => ({
    name,
    size: sizes[name] ?? Buffer.byteLength(content),
    sha256: `sha256:${"0".repeat(64)}`,
  }));
  for (const [name, content] of Object.entries(files))
    await objects.put(podOutputKey(reporter, name), Buffer.from(content));
  return acceptReport(objects, reporter, { outcome: "succeeded", outputs });
};

test("the fields of a sidecar go with their own output, and the sidecar is no output itself", async () => {
  const report = await reported({
    "brain.nii.gz": "brain",
    "brain.json": '{"SkullStripped": true, "Mine": [1]}',
    "mask.nii.gz": "mask",
  });
  expect(report).toMatchObject({ outcome: "succeeded" });
  expect(report?.outcome === "succeeded" && report.outputs.map(({ name, metadata }) => [name, metadata])).toEqual([
    ["brain", { SkullStripped: true, Mine: [1] }],
    ["mask", undefined],
  ]);
});

test.each<[string, string, string]>([
  ["is no JSON", "{", "is not a sidecar"],
  ["is a list", "[]", "not an object"],
  ["has a field that is ours", '{"Sources": []}', "Sources"],
  ["has a value that BIDS does not allow", '{"SkullStripped": "yes"}', "must be a boolean"],
  ["is too large", JSON.stringify({ a: "x".repeat(maxSidecarBytes) }), `a sidecar may have ${maxSidecarBytes}`],
])("a sidecar that %s makes the outputs bad, and names the file", async (_, content, fault) => {
  const report = await reported({ "brain.nii.gz": "brain", "brain.json": content });
  expect(report).toEqual({ outcome: "bad-output", reason: expect.stringContaining("the output brain.json") });
  expect(report?.outcome === "bad-output" && report.reason).toContain(fault);
});

test("a sidecar without its output, and an output that was not declared, are named", async () => {
  expect(await reported({ "mask.nii.gz": "mask", "brain.json": "{}" })).toMatchObject({
    outcome: "bad-output",
    reason: expect.stringContaining("brain"),
  });
  expect(await reported({ "brain.nii.gz": "brain", "other.txt": "x" })).toMatchObject({
    outcome: "bad-output",
    reason: expect.stringContaining("other.txt"),
  });
});

test("nothing is accepted that does not lie there with the size that was reported", async () => {
  expect(await reported({ "brain.nii.gz": "brain" }, { "brain.nii.gz": 6 })).toBeNull();
  expect(await reported({ "brain.nii.gz": "brain", "brain.json": "{}" }, { "brain.json": 3 })).toBeNull();
});

test("what is no success is taken as it is", async () => {
  const reporter = { execution: "e", attempt: "a", pod: "p", manifest, requested: { entities: { sub: "01" } } };
  const report = { outcome: "input-changed", reason: "it is gone" } as const;
  expect(await acceptReport(objects, reporter, report)).toEqual(report);
});
