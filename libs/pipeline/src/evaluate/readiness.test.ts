import { expect, test } from "vitest";
import type { Completeness } from "../document/document.ts";
import { readinessOf } from "./readiness.ts";
import type { Progress } from "./verdict.ts";

const all: Completeness = { kind: "all" };
const settled: Completeness = { kind: "settled" };
const state = (counts: Partial<Record<Progress, number>>, openBatch = false, remade = 0) => ({
  tallies: [{ need: "volumes", counts, remade }],
  openBatch,
  lastChange: 1_000,
  now: 5_000,
});

test.each<[string, Completeness, Partial<Record<Progress, number>>, boolean | string]>([
  ["all of them", all, { succeeded: 3 }, true],
  ["all but one that is not expected", all, { succeeded: 3, "not-called": 1 }, true],
  ["one is under way", all, { succeeded: 2, pending: 1 }, "waiting for volumes: 2 of 3"],
  ["one failed", all, { succeeded: 2, failed: 1 }, "waiting for volumes: 2 of 3 (1 failed)"],
  [
    "one is unknown, one ambiguous",
    all,
    { succeeded: 1, unknown: 1, ambiguous: 1 },
    "waiting for volumes: 1 of 3 (1 ambiguous, 1 unknown)",
  ],
  ["none at all", all, {}, "waiting for a first volumes"],
  ["one failed, settled", settled, { succeeded: 2, failed: 1 }, true],
  ["unknown, ambiguous and stuck, settled", settled, { succeeded: 1, unknown: 1, ambiguous: 1, stuck: 1 }, true],
  ["one is under way, settled", settled, { succeeded: 2, pending: 1 }, "waiting for volumes: 2 of 3"],
  ["none but failures, settled", settled, { failed: 3 }, "waiting for a first volumes (3 failed)"],
  ["enough", { kind: "count", count: 2 }, { succeeded: 2, pending: 9 }, true],
  ["too few", { kind: "count", count: 3 }, { succeeded: 2, pending: 9 }, "waiting for 1 more of volumes"],
  ["quiet for long enough", { kind: "quiet", quiet: 4_000 }, { succeeded: 1 }, true],
  ["quiet for too short", { kind: "quiet", quiet: 4_001 }, { succeeded: 1 }, "waiting for 4001ms without a change"],
  ["quiet and empty", { kind: "quiet", quiet: 1 }, {}, "waiting for 1 more of volumes"],
])("%s", (_, complete, counts, expected) => {
  const readiness = readinessOf(complete, state(counts));
  expect(readiness.ready ? true : readiness.reason).toBe(expected);
});

test("open batches hold up all and settled, since more may be expected, but not count and quiet", () => {
  const ready = (complete: Completeness) => readinessOf(complete, state({ succeeded: 3 }, true)).ready;
  expect([all, settled, { kind: "count", count: 3 } as const, { kind: "quiet", quiet: 1 } as const].map(ready)).toEqual(
    [false, false, true, true],
  );
});

test("a group that counts or waits for quiet waits for a member that is made anew", () => {
  const reason = (complete: Completeness) => {
    const readiness = readinessOf(complete, state({ succeeded: 3, pending: 2 }, false, 1));
    return readiness.ready ? true : [readiness.reason, readiness.pending];
  };
  const waiting = ["waiting for volumes: 1 made anew", true];
  expect(reason({ kind: "count", count: 3 })).toEqual(waiting);
  expect(reason({ kind: "quiet", quiet: 1 })).toEqual(waiting);
});

test("a quiet group states when it will be ready", () => {
  expect(readinessOf({ kind: "quiet", quiet: 10_000 }, state({ succeeded: 1 }))).toMatchObject({ dueAt: 11_000 });
});
