import { expect, test } from "vitest";
import { topics } from "../topics/topics.ts";
import { mentions } from "./mentions.ts";

test.each<[string, unknown, boolean]>([
  ["a field", { slice: { dataset: "ds", subject: "08" } }, true],
  ["a path", { path: "sub-08/anat/sub-08_T1w.nii.gz" }, true],
  ["a path of a derivative", ["derivatives/mask-1/sub-08/anat/x.json"], true],
  ["a key", "ds/sub-08", true],
  ["a body in bytes", { body: Buffer.from('{"slice":{"subject":"08"}}') }, true],
  ["a path in bytes", { body: Buffer.from('{"path":"sub-08/x"}') }, true],
  ["another person whose label begins alike", { path: "sub-081/anat/sub-081_T1w.nii.gz", subject: "081" }, false],
  ["another person whose label is longer by a plus", "sub-08+2/x", false],
  ["a number that looks alike", { size: 8, run: "08" }, false],
  ["nothing", null, false],
])("%s", (_what, value, expected) => {
  expect(mentions(value, "08")).toBe(expected);
});

test("messages are looked through as they are decoded", () => {
  const { encode, decode } = topics["task.started"];
  const of = (subject: string) => decode(encode({ slice: { level: "scan", dataset: "ds", subject } }));
  expect(mentions(of("08"), "08")).toBe(true);
  expect(mentions(of("09"), "08")).toBe(false);
});
