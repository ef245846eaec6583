import { expect, test } from "vitest";
import { compareOutputs } from "./compare-outputs.ts";
import type { TaskOutputs } from "./run-outputs.ts";

const slice = (subject: string) => ({ level: "subject" as const, dataset: "d", subject, session: null, scan: null });
const uuid = "0192f0c1-0000-7000-8000-000000000001";
const of = (subject: string, outcome: "ran" | "failed", outputs: Record<string, string>): TaskOutputs => ({
  task: {
    ...{ id: uuid, run: uuid, analysis: "mask", version: "1.0.0", slice: slice(subject), state: "final", outcome },
    ...{ reason: "", key: "", execution: null, derivatives: [], createdAt: "", finishedAt: null },
  },
  outputs: Object.entries(outputs).map(([output, sha256]) => ({
    ...{ id: uuid, dataset: "d", path: `${subject}/${output}`, analysis: "mask", version: "1.0.0", parametersHash: "" },
    ...{ output, key: "", slice: slice(subject), entities: {}, datatype: null, suffix: "mask", extension: ".nii.gz" },
    ...{ size: 1, sha256, sources: [], revision: 1, state: "in-force", outdated: false, createdAt: "" },
    ...{ withdrawnReason: null, withdrawnBy: null },
  })),
});

test("outputs are the same by their content, and what one run alone has is a difference", () => {
  const { differences, same } = compareOutputs(
    [of("01", "ran", { mask: "a", report: "x" }), of("02", "ran", { mask: "b" }), of("03", "failed", {})],
    [of("01", "ran", { mask: "a", report: "y" }), of("03", "ran", { mask: "c" }), of("04", "failed", {})],
  );
  expect(same).toBe(1);
  expect(
    differences.map(({ slice, output, left, right }) => [
      slice,
      output,
      left.derivative?.sha256 ?? left.outcome,
      right.derivative?.sha256 ?? right.outcome,
    ]),
  ).toEqual([
    ["d/sub-01", "report", "x", "y"],
    ["d/sub-02", "mask", "b", null],
    ["d/sub-03", "mask", "failed", "c"],
    ["d/sub-04", null, null, "failed"],
  ]);
});

test("slices that failed in both runs differ in nothing", () => {
  const runs = [of("01", "failed", {})];
  expect(compareOutputs(runs, runs)).toEqual({ differences: [], same: 0 });
});

test("files of a tree are compared by their path in it, whatever the version that the folder is named after", () => {
  const tree = (version: string, files: Record<string, string>): TaskOutputs => {
    const made = of("01", "ran", files);
    const outputs = made.outputs.map((one) => ({
      ...one,
      output: "derivatives",
      path: `derivatives/prep-${version}/${one.output}`,
    }));
    return { ...made, outputs };
  };
  const { differences, same } = compareOutputs(
    [tree("1.0.0", { "sub-01.html": "a", "sub-01/x.json": "b", "sub-01/gone.json": "c" })],
    [tree("1.1.0", { "sub-01.html": "a", "sub-01/x.json": "other" })],
  );
  expect(same).toBe(1);
  expect(differences.map(({ output }) => output)).toEqual([
    "derivatives/sub-01/gone.json",
    "derivatives/sub-01/x.json",
  ]);
});
