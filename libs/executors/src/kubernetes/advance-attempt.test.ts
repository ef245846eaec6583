import { expect, onTestFinished, test } from "vitest";
import { type Advance, type AdvanceParts, createAdvance } from "./advance-attempt.ts";
import type { AttemptReport } from "./attempt-report.ts";
import type { PlaceView } from "./cluster-view.ts";
import type { ContainerStatus } from "./pod-status.ts";
import {
  silentLog,
  startTestCluster,
  type TestCluster,
  testAttempt,
  testJob,
  testPod,
} from "./testing/test-cluster.ts";
import { createTrackedAttempts, type TrackedAttempt, type TrackedAttempts } from "./tracked-attempts.ts";

const place = { job: "job", index: 0 };
const succeeded: AttemptReport = {
  outcome: "succeeded",
  outputs: [{ name: "mask", object: "o", size: 1, sha256: `sha256:${"0".repeat(64)}` }],
};
const ended = (exitCode: number): ContainerStatus => ({
  ...{ state: "terminated", exitCode, signal: 0, reason: "Error", message: "" },
});

type World = TestCluster & {
  readonly attempts: TrackedAttempts;
  readonly advance: Advance;
  readonly tracked: TrackedAttempt;
  readonly logs: string[];
};

/** An attempt at its place, and what the cluster and the records hold of it. */
const startWorld = async (known: {
  readonly view?: Partial<PlaceView> | null;
  readonly record?: AttemptReport;
  readonly manifest?: AttemptReport;
  readonly parts?: Partial<AdvanceParts>;
}): Promise<World> => {
  const cluster = await startTestCluster();
  onTestFinished(cluster.stop);
  const attempts = createTrackedAttempts();
  const logs: string[] = [];
  const view: PlaceView = { job: testJob("job"), pods: [], refusal: null, stuckSince: null, ...known.view };
  const advance = createAdvance({
    attempts,
    cluster: cluster.cluster,
    view: { at: () => (known.view === null ? null : view), lookUpJob: async () => null },
    places: { read: async () => ({ place, report: known.record ?? null }) },
    reports: { find: async () => known.manifest ?? null },
    notes: { writeLog: async (_, text) => void logs.push(text) },
    settings: { imageSeconds: 60, keepLogs: "failed" },
    log: silentLog,
    signal: new AbortController().signal,
    ...known.parts,
  });
  const tracked = attempts.track(testAttempt("a"));
  attempts.put(tracked, place);
  return { ...cluster, attempts, advance, tracked, logs };
};

test("a report ends the attempt, even while nothing is known of the cluster", async () => {
  const { advance, tracked, requests } = await startWorld({ view: null });
  tracked.report = succeeded;
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "succeeded", exitCode: 0, outputs: succeeded.outputs });
  expect(requests()).toEqual([]);
});

test("the log of a success is kept where all logs are", async () => {
  const pods = [testPod({ phase: "Succeeded", analysis: ended(0) })];
  const settings = { imageSeconds: 60, keepLogs: "all" } as const;
  const { advance, tracked, logs } = await startWorld({ view: { pods }, parts: { settings } });
  tracked.report = succeeded;
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "succeeded" });
  await expect.poll(() => logs).toEqual(["the end"]);
});

test("without a view, a place or a change of either nothing is done", async () => {
  const { advance, attempts, tracked, requests } = await startWorld({ view: null });
  advance(tracked);
  tracked.place = undefined;
  tracked.report = succeeded;
  advance(tracked);
  tracked.place = place;
  tracked.busy = true;
  advance(tracked);
  expect([attempts.has(tracked), requests()]).toEqual([true, []]);
});

test("the reason why a Pod waits is noted, and its end looked for when it is due", async () => {
  const { advance, attempts, tracked } = await startWorld({ view: { pods: [testPod({ unschedulable: "no GPU" })] } });
  advance(tracked);
  expect(attempts.takeReasons()).toEqual(new Map([["a", "no GPU"]]));
  expect(attempts.has(tracked)).toBe(true);
});

test("a command that failed ends with its log, and a Pod that goes on is deleted", async () => {
  const pods = [testPod({ phase: "Running", analysis: ended(65) })];
  const { advance, tracked, requests } = await startWorld({ view: { pods } });
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "bad-input", exitCode: 65, log: "the end" });
  expect(requests()).toEqual(["GET log", "DELETE pod"]);
});

test("two calls at once take one action", async () => {
  const pods = [testPod({ phase: "Running", analysis: ended(1) })];
  const { advance, tracked, requests } = await startWorld({ view: { pods } });
  advance(tracked);
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "failed", exitCode: 1 });
  expect(requests()).toEqual(["GET log", "DELETE pod"]);
});

test.each<[string, { record?: AttemptReport; manifest?: AttemptReport }, object]>([
  ["a report that another replica received counts", { record: succeeded }, { outcome: "succeeded" }],
  [
    "a manifest in the bucket counts",
    { manifest: { outcome: "bad-output", reason: "no mask" } },
    { outcome: "bad-output", reason: "no mask", exitCode: 0 },
  ],
  ["and without either it is lost", {}, { outcome: "lost", reason: "its Job was deleted", exitCode: null }],
])("of an attempt whose Job is gone %s", async (_, known, expected) => {
  const { advance, tracked } = await startWorld({ view: { job: null }, ...known });
  advance(tracked);
  expect(await tracked.ending).toMatchObject(expected);
});

test("a Job that only the view does not know yet is waited for", async () => {
  const looks: string[] = [];
  const view = {
    at: () => ({ job: null, pods: [], refusal: null, stuckSince: null }),
    lookUpJob: async (name: string) => {
      looks.push(name);
      return looks.length === 1 ? testJob(name) : null;
    },
  };
  const { advance, attempts, tracked } = await startWorld({ parts: { view } });
  advance(tracked);
  await expect.poll(() => [looks, tracked.busy]).toEqual([["job"], false]);
  expect(attempts.has(tracked)).toBe(true);
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "lost" });
});

test("an action that failed is tried again", async () => {
  let reads = 0;
  const places = {
    read: async () => {
      if (++reads === 1) throw new Error("the database is away");
      return undefined;
    },
  };
  const { advance, tracked } = await startWorld({ view: { job: null }, parts: { places } });
  advance(tracked);
  expect(await tracked.ending).toMatchObject({ outcome: "lost" });
  expect(reads).toBe(2);
});
