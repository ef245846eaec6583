import { exampleMask, exampleScan } from "@rollerblade/abids/testing";
import { expect, test } from "vitest";
import { demo } from "../testing/documents.ts";
import { analysesIn, scan } from "../testing/facts.ts";
import { world } from "../testing/world.ts";
import { progressOfLive } from "./progress.ts";
import type { Standing } from "./verdict.ts";

/** A rule all of whose outputs are optional. */
const optionalRule = () => {
  const mask = world(demo, analysesIn()).document.rule.get("mask");
  if (mask === undefined) throw new Error("The demo has a rule mask.");
  const outputs = mask.manifest.outputs.map((output) => ({ ...output, required: false }));
  return { ...mask, manifest: { ...mask.manifest, outputs } };
};

const standing = (changes: Partial<Standing>): Standing => ({
  rule: "mask",
  slice: { level: "scan", dataset: "demo", subject: "01", session: null, scan: scan({ subject: "01" }).path },
  key: "k",
  outcome: "ran",
  derivatives: [],
  failure: null,
  restarts: 0,
  startedAt: 0,
  progress: "pending",
  reason: "started",
  ...changes,
});

test.each<[string, Partial<Standing>, string]>([
  ["a success that rightly made nothing is settled", {}, "succeeded"],
  ["one that was in place is, too", { outcome: "in-place" }, "succeeded"],
  ["so it stays while it is asked for again", { outcome: "asked" }, "succeeded"],
  ["what never succeeded is not", { outcome: "asked", derivatives: null }, "pending"],
  ["nor is a success whose derivatives are not known yet", { derivatives: ["d1"] }, "pending"],
  ["a failure is one", { outcome: "failed", derivatives: null }, "failed"],
])("%s", (_, changes, expected) => {
  expect(progressOfLive(optionalRule(), standing(changes), [], new Set())).toBe(expected);
});

/** A rule whose one output is a tree. */
const treeRule = () => {
  const mask = optionalRule();
  const outputs = [{ name: "derivatives", tree: { must: [], mustNot: [] }, required: true }];
  return { ...mask, manifest: { ...mask.manifest, outputs } };
};

test.each<[string, readonly string[] | null, readonly string[], string]>([
  ["none of its files is known", ["d1", "d2"], [], "pending"],
  ["some of its files are known", ["d1", "d2"], ["d1"], "pending"],
  ["its task has not ended, whatever is known", null, ["d1"], "pending"],
  ["all that its task named are known", ["d1", "d2"], ["d1", "d2"], "succeeded"],
])("a tree has not succeeded before every file is known: %s", (_, derivatives, known, expected) => {
  const live = known.map((id) => ({ ...exampleMask(exampleScan("01")), id, output: "derivatives" }));
  const outcome = derivatives === null ? "asked" : "ran";
  expect(progressOfLive(treeRule(), standing({ outcome, derivatives }), live, new Set())).toBe(expected);
});
