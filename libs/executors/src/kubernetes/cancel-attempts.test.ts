import { sendJson } from "@rollerblade/kubernetes/testing";
import { expect, onTestFinished, test } from "vitest";
import { failed } from "../endings.ts";
import { createCancelling } from "./cancel-attempts.ts";
import { agree, silentLog, startTestCluster, testAttempt, testJob, testPod } from "./testing/test-cluster.ts";
import { createTrackedAttempts, type TrackedAttempt } from "./tracked-attempts.ts";

/** Attempts at indexes of Jobs, with a Pod for each; in the Jobs `inUse` something else runs. */
const startWorld = async (inUse: readonly string[], answer = agree) => {
  const { cluster, requests, stop } = await startTestCluster(answer);
  onTestFinished(stop);
  const attempts = createTrackedAttempts();
  const asked: unknown[] = [];
  const cancel = createCancelling({
    ...{ attempts, cluster, log: silentLog, signal: new AbortController().signal },
    view: {
      at: ({ job, index }) => ({
        ...{ job: testJob(job), refusal: null, stuckSince: null },
        pods: [testPod({ name: `${job}-${index}`, job, index })],
      }),
    },
    places: {
      jobsInUse: async (jobs, apartFrom) => {
        asked.push([jobs, apartFrom]);
        return new Set(jobs.filter((job) => inUse.includes(job)));
      },
    },
  });
  const track = (id: string, place: { job: string; index: number } | null): TrackedAttempt => {
    const tracked = attempts.track(testAttempt(id));
    attempts.put(tracked, place);
    return tracked;
  };
  return { attempts, cancel, track, requests, asked };
};

test("what is cancelled within a moment deletes whole Jobs, and single Pods where something else runs", async () => {
  const { cancel, track, requests, asked } = await startWorld(["shared"]);
  const all = [
    track("a", { job: "alone", index: 0 }),
    track("b", { job: "alone", index: 1 }),
    track("c", { job: "shared", index: 7 }),
    track("d", null),
  ];
  for (const tracked of all) cancel(tracked);
  for (const { ending } of all) expect(await ending).toMatchObject({ outcome: "cancelled" });
  expect(requests()).toEqual(["DELETE alone", "DELETE shared-7"]);
  expect(asked).toEqual([
    [
      ["alone", "shared"],
      ["a", "b", "c", "d"],
    ],
  ]);
});

test("an attempt that has ended by itself is left alone", async () => {
  const { attempts, cancel, track, requests } = await startWorld([]);
  const [ended, other] = [track("a", { job: "ended", index: 0 }), track("b", { job: "other", index: 0 })];
  cancel(ended);
  cancel(other);
  attempts.end(ended, failed("failed", "exit code 1"));
  expect(await ended.ending).toMatchObject({ outcome: "failed" });
  expect(await other.ending).toMatchObject({ outcome: "cancelled" });
  expect(requests()).toEqual(["DELETE other"]);
});

test("a Job that is gone is not an error, and an API server that is away is tried again", async () => {
  let tries = 0;
  const { cancel, track, requests } = await startWorld([], (_, response) =>
    sendJson(response, { kind: "Status", message: "no" }, ++tries === 1 ? 500 : 404),
  );
  const one = track("a", { job: "alone", index: 0 });
  cancel(one);
  expect(await one.ending).toMatchObject({ outcome: "cancelled" });
  expect(requests()).toEqual(["DELETE alone", "DELETE alone"]);
});
