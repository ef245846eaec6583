import type { AnalysisVersion } from "@rollerblade/client";
import { expect, test } from "vitest";
import { layOutGraph, sourcesOf } from "./graph-layout.ts";

const version = (name: string, ...from: readonly string[]): AnalysisVersion => ({
  ...{ name, version: "1.0.0", description: "", level: "scan", code: "", owner: "ada", createdAt: "" },
  manifest: { inputs: [{ kind: "raw" }, ...from.map((analysis) => ({ kind: "derivative", analysis }))] },
});
const ruleOf = (analysis: string) => ({
  rule: `${analysis}-rule`,
  analysis,
  version: "1.0.0",
  parameters: {},
  accepts: [],
});
const analyses = [version("mask"), version("bias", "mask"), version("report", "mask", "bias")];
const rules = ["mask", "bias", "report"].map(ruleOf);

test("what an analysis takes stands on its left, and is joined to it", () => {
  const { nodes, edges } = layOutGraph(rules, [], analyses);
  expect(edges).toEqual([
    { from: "mask-rule", to: "bias-rule" },
    { from: "mask-rule", to: "report-rule" },
    { from: "bias-rule", to: "report-rule" },
  ]);
  const xs = nodes.map(({ x }) => x);
  expect(xs.toSorted((a, b) => a - b)).toEqual(xs);
});

test("an analysis that is not known, or that takes scans, has no source", () => {
  expect(sourcesOf({ manifest: {} })).toEqual([]);
  expect(layOutGraph([ruleOf("gone")], [], analyses).edges).toEqual([]);
});
