import { describe, expect, test } from "vitest";
import { decide, type Observed, type Watched } from "./decide.ts";
import type { JobStatus } from "./job-status.ts";
import type { ContainerStatus, PodStatus } from "./pod-status.ts";

const now = 1_000_000_000;
const watched: Watched = { place: { job: "j", index: 4 }, report: null, timeout: 60 };
const job: JobStatus = {
  name: "j",
  uid: "u",
  created: now,
  suspended: false,
  finished: false,
  size: 1,
  completed: "",
  failed: "",
};
const pod: PodStatus = {
  ...{ name: "j-4-abcde", uid: "p", job: "j", index: 4, created: now, phase: "Pending", reason: "", message: "" },
  ...{
    addresses: [],
    deleting: null,
    disrupted: null,
    unschedulable: null,
    stageIn: null,
    analysis: null,
    stageOut: null,
  },
};
const observed: Observed = { now, job, pods: [pod], refusal: null, stuckSince: null, startTimeoutMs: 120_000 };

const ended = (exitCode: number, reason = "Error", message = ""): ContainerStatus => ({
  ...{ state: "terminated", exitCode, signal: 0, reason, message },
});
const waiting = (reason: string, message = ""): ContainerStatus => ({ state: "waiting", reason, message });
const refusal = (message: string, since: number) => ({ uid: "e", job: "j", message, since });

const withPod = (change: Partial<PodStatus>, more: Partial<Observed> = {}) =>
  decide(watched, { ...observed, pods: [{ ...pod, ...change }], ...more });
const withoutPod = (change: Partial<JobStatus>, more: Partial<Observed> = {}) =>
  decide(watched, { ...observed, job: { ...job, ...change }, pods: [], ...more });

describe("a report", () => {
  const report = { outcome: "succeeded", outputs: [] } as const;
  test("counts, whatever became of the Pod and the Job", () => {
    expect(decide({ ...watched, report }, { ...observed, job: null, pods: [] })).toEqual({ do: "finish", report });
    const failing = { ...pod, phase: "Failed", analysis: ended(1) };
    expect(decide({ ...watched, report }, { ...observed, pods: [failing] })).toEqual({ do: "finish", report });
  });
});

test.each<[string, ReturnType<typeof decide>, object]>([
  ["was never given to a Job", decide({ ...watched, place: null }, observed), { do: "search" }],
  ["has no Job any more", decide(watched, { ...observed, job: null, pods: [] }), { do: "search" }],
  ["has no Pod yet", withoutPod({}), { do: "wait", why: "" }],
  ["had a Pod that is gone, and failed", withoutPod({ failed: "1,3-5" }), { do: "search" }],
  ["had a Pod that is gone, and completed", withoutPod({ completed: "0-9" }), { do: "search" }],
  ["waits for its queue", withoutPod({ suspended: true }), { do: "wait", why: expect.stringContaining("queue") }],
  [
    "meets a full quota for hours",
    withoutPod({}, { refusal: refusal("exceeded quota: q", now - 9e6) }),
    { do: "wait", why: "exceeded quota: q" },
  ],
  [
    "is refused for a moment",
    withoutPod({}, { refusal: refusal("violates PodSecurity", now - 1_000) }),
    { do: "wait", why: "violates PodSecurity", until: now + 119_000 },
  ],
  [
    "is refused for long",
    withoutPod({}, { refusal: refusal("violates PodSecurity", now - 120_000) }),
    { do: "end", outcome: "refused", reason: expect.stringContaining("violates PodSecurity") },
  ],
  ["fits on no node", withPod({ unschedulable: "0/1 nodes" }), { do: "wait", why: "0/1 nodes" }],
  [
    "cannot have its image, since just now",
    withPod({ analysis: waiting("ErrImagePull", "no such host") }, { stuckSince: now }),
    { do: "wait", why: "ErrImagePull: no such host", until: now + 120_000 },
  ],
  [
    "cannot have its image for two minutes",
    withPod({ analysis: waiting("ImagePullBackOff", "no such host") }, { stuckSince: now - 120_000 }),
    { do: "end", outcome: "failed", reason: expect.stringContaining("no such host") },
  ],
  ...[
    'failed to pull image "r/a@sha256:1": dial tcp 10.0.0.9:443: i/o timeout',
    "failed to do request: Head https://r/v2/a: dial tcp 10.0.0.9:443: connect: connection refused",
    "unexpected status from HEAD request to https://r/v2/a: 503 Service Unavailable",
    "toomanyrequests: You have reached your pull rate limit",
  ].map((message): [string, ReturnType<typeof decide>, object] => [
    `cannot have its image since the registry is away (${message})`,
    withPod({ analysis: waiting("ErrImagePull", message) }, { stuckSince: now - 120_000 }),
    { do: "end", outcome: "unavailable", reason: expect.stringContaining(message) },
  ]),
  ["is being made", withPod({ analysis: waiting("PodInitializing") }), { do: "wait", why: "" }],
  [
    "runs",
    withPod({ phase: "Running", analysis: { state: "running", startedAt: now - 10_000 } }),
    { do: "wait", why: "", until: now + 50_000 },
  ],
  [
    "runs too long",
    withPod({ phase: "Running", analysis: { state: "running", startedAt: now - 60_000 } }),
    { do: "exit", exit: { how: "timed-out" } },
  ],
  [
    "passed its deadline",
    withPod({ phase: "Failed", reason: "DeadlineExceeded" }),
    { do: "exit", exit: { how: "timed-out" } },
  ],
  ["ended with 65", withPod({ analysis: ended(65) }), { do: "exit", exit: { how: "exited", exitCode: 65 } }],
  ["ran out of memory", withPod({ analysis: ended(137, "OOMKilled") }), { do: "exit", exit: { how: "out-of-memory" } }],
  [
    "has no such command",
    withPod({ analysis: ended(128, "StartError", "exec: not found") }),
    { do: "exit", exit: { how: "not-started", reason: "exec: not found" } },
  ],
  [
    "could not be staged for lack of memory, which is not the analysis' fault",
    withPod({ stageIn: ended(137, "OOMKilled") }),
    { do: "end", outcome: "failed", reason: expect.stringContaining("out of memory") },
  ],
  [
    "could not be stored because its node was interrupted",
    withPod({ analysis: ended(0), stageOut: ended(128, "StartError", "failed to create shim task: context canceled") }),
    { do: "search", reason: "its node was interrupted: failed to create shim task: context canceled" },
  ],
  [
    "could not be stored",
    withPod({ analysis: ended(0), stageOut: ended(1, "Error", "S3 is away\n") }),
    { do: "end", outcome: "failed", reason: "its outputs could not be stored: S3 is away" },
  ],
  [
    "could not be stored since the object store is away",
    withPod({ analysis: ended(0), stageOut: ended(75, "Error", "The object store does not answer.\n") }),
    { do: "end", outcome: "unavailable", reason: "its outputs could not be stored: The object store does not answer." },
  ],
  [
    "could not be staged since the network is away",
    withPod({ stageIn: ended(75, "Error", "scheduler:80 does not answer") }),
    { do: "end", outcome: "unavailable", reason: "its inputs could not be brought in: scheduler:80 does not answer" },
  ],
  ["succeeded without a word", withPod({ phase: "Succeeded", stageOut: ended(0) }), { do: "search" }],
  [
    "used too much disk",
    withPod({ phase: "Failed", reason: "Evicted", message: "out exceeds the limit" }),
    { do: "end", outcome: "failed", reason: "Evicted: out exceeds the limit" },
  ],
  ["was refused by its node", withPod({ phase: "Failed", reason: "OutOfcpu" }), { do: "search" }],
  ["is being deleted", withPod({ phase: "Running", deleting: now + 5_000 }), { do: "wait", until: now + 65_001 }],
  ["was deleted", withPod({ phase: "Failed", deleting: now, analysis: ended(137) }), { do: "search" }],
  ["was deleted on a node that is dead", withPod({ phase: "Running", deleting: now - 60_001 }), { do: "search" }],
  [
    "is sent back to its queue",
    withPod({ phase: "Failed", deleting: now }, { job: { ...job, suspended: true } }),
    { do: "wait", why: expect.stringContaining("queue") },
  ],
  [
    "was interrupted",
    withPod({ phase: "Failed", disrupted: "EvictionByEvictionAPI: drain", analysis: ended(143) }),
    { do: "wait", why: expect.stringContaining("drain") },
  ],
  [
    "was interrupted on a node that is dead",
    withPod({ disrupted: "DeletionByTaintManager: gone", deleting: now - 60_001 }),
    { do: "search", reason: expect.stringContaining("does not answer") },
  ],
  [
    "was interrupted, and its next Pod runs",
    decide(watched, {
      ...observed,
      pods: [
        { ...pod, uid: "old", phase: "Failed", disrupted: "x", analysis: ended(143) },
        { ...pod, uid: "new", created: now + 1, analysis: ended(65) },
      ],
    }),
    { do: "exit", pod: { uid: "new" } },
  ],
])("an attempt that %s", (_, action, expected) => {
  expect(action).toMatchObject(expected);
});
