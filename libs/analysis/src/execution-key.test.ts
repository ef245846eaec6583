import { type ScanFacts, slicesOf } from "@rollerblade/abids/facts";
import { exampleMask, exampleScan, hash } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import { exampleManifest } from "./example-manifest.ts";
import { executionKey, type KeyParts } from "./execution-key.ts";
import type { Manifest } from "./manifest.ts";
import { manifestFrom } from "./manifest-from.ts";
import type { RequestedSlice } from "./requested-slice.ts";
import { resolveInputs } from "./resolve-inputs.ts";

const resolved = (manifest: Manifest, scan: ScanFacts): RequestedSlice => {
  const [facts] = slicesOf([scan], [], "scan");
  const resolution = facts && resolveInputs(manifest, facts);
  if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
  return resolution.slice;
};

const with_ = (manifest: object): Manifest => manifestFrom({ ...exampleManifest, ...manifest });

const parts = (changes: Partial<KeyParts> & { scan?: Partial<ScanFacts> } = {}): KeyParts => {
  const { scan, ...rest } = changes;
  const manifest = rest.manifest ?? exampleManifest;
  const slice = resolved(manifest, exampleScan(scan?.subject ?? "01", scan));
  return { code: "image:sha256:aa", manifest, parameters: { threshold: 0.5 }, slice, ...rest };
};

const image = (digit: string) => [
  { path: "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz", role: "image", size: 100, sha256: hash(digit) },
];

const base = executionKey(parts());

test.each<[string, KeyParts]>([
  ["another image file", parts({ scan: { files: image("9") } })],
  ["a corrected age under reads", parts({ scan: { subjectAttributes: { age: 31 } } })],
  ["an age that nobody recorded", parts({ scan: { subjectAttributes: {} } })],
  ["a run number under reads", parts({ scan: { entities: { sub: "01", ses: "1", run: "2" } } })],
  ["a changed sidecar", parts({ scan: { metadata: { EchoTime: 0.004 } } })],
  ["a sidecar that came later", parts({ scan: { metadata: {} } })],
  ["edited code", parts({ code: "image:sha256:bb" })],
  ["the process executor instead of the image", parts({ code: "process:sha256:aa" })],
  ["another parameter", parts({ parameters: { threshold: 0.6 } })],
  ["another command", parts({ manifest: with_({ command: ["node", "/app/main.js"] }) })],
  [
    "another output name",
    parts({ manifest: with_({ outputs: { mask: { name: "{entities}_desc-head_mask.nii.gz" } } }) }),
  ],
  ["another field under reads", parts({ manifest: with_({ reads: ["subject.age"] }) })],
  ["a network", parts({ manifest: with_({ network: "licences" }) })],
  ["BIDS names for the staged files", parts({ manifest: with_({ names: "bids" }) })],
])("the key changes with %s", (_, changed) => {
  expect(executionKey(changed)).not.toBe(base);
});

test.each<[string, KeyParts]>([
  ["dataset", parts({ scan: { dataset: "ds2" } })],
  ["path and subject label", parts({ scan: { subject: "02" } })],
  ["attribute that is not read", parts({ scan: { subjectAttributes: { age: 30, handedness: "left" } } })],
  ["order of metadata keys", parts({ scan: { metadata: { EchoTime: 0.003 } } })],
  ["description", parts({ manifest: with_({ description: "Other words" }) })],
  ["version", parts({ manifest: with_({ version: "1.3.0" }) })],
  ["memory request", parts({ manifest: with_({ resources: { memory: "8Gi" } }) })],
  ["retry", parts({ manifest: with_({ retry: { attempts: 1 } }) })],
  ["revision of the facts", parts({ scan: { revision: 7 } })],
])("the key stays with another %s", (_, same) => {
  expect(executionKey(same)).toBe(base);
});

const group = manifestFrom({
  name: "group-report",
  version: "1.0.0",
  image: "x",
  level: "dataset",
  inputs: { masks: { analysis: "brain-mask", version: "^1", output: "mask", many: true } },
  reads: ["subject.age"],
  outputs: { report: { name: "{entities}_report.html" } },
});

/** A slice of a dataset whose two subjects have masks with these hashes. */
const groupSlice = (first: string, second: string): RequestedSlice => {
  const scans = [exampleScan("01"), exampleScan("02", { subjectAttributes: { age: 40 } })];
  const masks = scans.map((scan, index) => exampleMask(scan, { sha256: hash(index === 0 ? first : second) }));
  const [facts] = slicesOf(scans, masks, "dataset");
  const resolution = facts && resolveInputs(group, facts);
  if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
  return resolution.slice;
};

const groupKey = (slice: RequestedSlice): string =>
  executionKey({ code: "image:sha256:aa", manifest: group, parameters: {}, slice });

test("the key changes when two subjects' files are swapped under one input", () => {
  expect(groupKey(groupSlice("4", "5"))).not.toBe(groupKey(groupSlice("5", "4")));
});

test("the key changes with the order of a many", () => {
  const slice = groupSlice("4", "5");
  const inputs = slice.inputs.map((input) => ({ ...input, members: input.members.toReversed() }));
  expect(groupKey({ ...slice, inputs })).not.toBe(groupKey(slice));
});

test("the key changes when two inputs of the manifest change places", () => {
  const inputs = {
    t1w: { suffix: "T1w", extension: ".nii.gz" },
    mask: { analysis: "brain-mask", version: "^1", output: "mask", of: "t1w" },
  };
  const swapped = { mask: { ...inputs.mask, of: null }, t1w: inputs.t1w };
  const keyOf = (manifest: Manifest): string => {
    const scan = exampleScan("01");
    const [facts] = slicesOf([scan], [exampleMask(scan)], "scan");
    const resolution = facts && resolveInputs(manifest, facts);
    if (resolution?.state !== "resolved") throw new Error("The example does not resolve.");
    return executionKey({ ...parts(), manifest, slice: resolution.slice });
  };
  expect(keyOf(with_({ inputs }))).not.toBe(keyOf(with_({ inputs: swapped })));
});

test("the key survives a trip of the manifest and the slice through JSON with sorted keys", () => {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort()
              .map(([name, member]) => [name, sorted(member)]),
          )
        : value;
  expect(executionKey(parts({ manifest: manifestFrom(sorted(exampleManifest)) }))).toBe(base);
});
