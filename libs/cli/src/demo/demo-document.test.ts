import { expect, test } from "vitest";
import { countExecutions } from "./demo-document.ts";

test.each([
  ["ran", [], { run: 1, cached: 0, inPlace: 0, failed: 0 }],
  ["in-place", [], { run: 0, cached: 0, inPlace: 1, failed: 0 }],
  ["in-place", ["cached"], { run: 0, cached: 1, inPlace: 0, failed: 0 }],
  ["in-place", ["ran", "in-place"], { run: 1, cached: 0, inPlace: 0, failed: 0 }],
  ["failed", ["in-place"], { run: 0, cached: 0, inPlace: 0, failed: 1 }],
  [null, [], { run: 0, cached: 0, inPlace: 0, failed: 0 }],
] as const)("a decision that ended %s, with tasks that ended %j, counts once", (outcome, ended, counts) => {
  const tasks = [...ended.map((one) => ({ key: "k", outcome: one })), { key: "other", outcome: "ran" as const }];
  expect(countExecutions([{ key: "k", outcome }], tasks)).toEqual(counts);
});
