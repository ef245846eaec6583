import type { DerivativeFacts } from "@rollerblade/abids/facts";
import { scanFactsFields } from "@rollerblade/abids/facts";
import { exampleScan } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import {
  derivativeFactsFromMessage,
  derivativeFactsToMessage,
  scanFactsFromMessage,
  scanFactsToMessage,
  sliceRefFromMessage,
} from "./facts.ts";
import { DerivativeSchema, ScanSchema } from "./generated/rollerblade/events/v1/facts_pb.ts";
import { topics } from "./topics/topics.ts";

const scan = exampleScan("01", {
  dataset: "ds001",
  session: null,
  path: "sub-01/anat/sub-01_T1w.nii.gz",
  entities: { sub: "01" },
  metadata: { RepetitionTime: 2, SliceTiming: [0, 0.5], Nested: { deep: [{ a: null }] }, Flag: true },
  subjectAttributes: { age: 34.5, group: "control", handedness: null },
  sessionAttributes: {},
  files: [
    { path: "sub-01/anat/sub-01_T1w.nii.gz", role: "image", size: 5_000_000_000, sha256: `sha256:${"0".repeat(64)}` },
  ],
  revision: 7,
});

const derivative: DerivativeFacts = {
  id: "0190a0a0-0000-7000-8000-000000000001",
  dataset: "ds001",
  path: "derivatives/brain-mask-1.0.0/sub-01/anat/sub-01_desc-brain_mask.nii.gz",
  analysis: "brain-mask",
  version: "1.0.0",
  parametersHash: "",
  output: "mask",
  key: "sha256:1",
  slice: { level: "scan", dataset: "ds001", subject: "01", session: null, scan: scan.path },
  entities: { sub: "01", desc: "brain" },
  datatype: "anat",
  suffix: "mask",
  extension: ".nii.gz",
  size: 7,
  sha256: "sha256:2",
  sources: [{ dataset: "ds001", path: scan.path, sha256: "sha256:3" }],
  revision: 2,
};

test.each([
  ["without a session", scan],
  ["with a session", { ...scan, session: "post" }],
  ["with all that it may be without", { ...scan, image: { dims: [1, 2] }, scanAttributes: { acq_time: "a" } }],
])("facts of a scan %s arrive as they were", (_, facts) => {
  const { decode, encode } = topics["scan.indexed"];
  expect(scanFactsFromMessage(decode(encode({ scan: scanFactsToMessage(facts) })).scan)).toEqual(facts);
});

test.each([
  ["with a datatype", derivative],
  [
    "at dataset level",
    {
      ...derivative,
      datatype: null,
      slice: { level: "dataset", dataset: "d", subject: null, session: null, scan: null },
    } as const,
  ],
])("facts of a derivative %s arrive as they were", (_, facts) => {
  const { decode, encode } = topics["derivative.created"];
  const sent = encode({ derivative: derivativeFactsToMessage(facts, 9), task: "t", inForce: true });
  const arrived = decode(sent);
  expect(derivativeFactsFromMessage(arrived.derivative)).toEqual(facts);
  expect(arrived.derivative?.sequence).toBe(9n);
});

test.each([
  ["scan", ScanSchema, Object.keys(scanFactsFields), []],
  [
    "derivative",
    DerivativeSchema,
    Object.keys(derivative),
    // What the message holds for those who handle it, and is not a fact.
    ["sequence", "sourceDatasets", "sourcesObject"],
  ],
])("the message of a %s has a field for each of its facts", (_, desc, facts, others) => {
  expect(desc.fields.map(({ localName }) => localName).sort()).toEqual([...facts, ...others].sort());
});

test("a message that leaves out tables and sidecars has facts without them", () => {
  const { decode, encode } = topics["scan.indexed"];
  const { metadata, subjectAttributes, sessionAttributes, ...rest } = scanFactsToMessage(scan);
  expect(scanFactsFromMessage(decode(encode({ scan: rest })).scan)).toEqual({
    ...scan,
    ...{ metadata: {}, subjectAttributes: {}, sessionAttributes: {} },
  });
});

test("a message without its facts is permanently wrong", () => {
  expect(() => scanFactsFromMessage(undefined)).toThrow("The message has no scan.");
  const { decode, encode } = topics["task.started"];
  const { slice } = decode(encode({ slice: { level: "planet", dataset: "d" } }));
  expect(() => sliceRefFromMessage(slice)).toThrow('"planet" is not a level');
});
