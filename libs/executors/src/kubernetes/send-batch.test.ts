import { sendJson } from "@rollerblade/kubernetes/testing";
import { startTelemetry } from "@rollerblade/telemetry";
import { expect, onTestFinished, test } from "vitest";
import { cancelled } from "../endings.ts";
import { type Batch, jobName } from "./build-job.ts";
import { type SendParts, sendBatch } from "./send-batch.ts";
import { agree, silentLog, startTestCluster, testAttempt } from "./testing/test-cluster.ts";
import { createTrackedAttempts } from "./tracked-attempts.ts";

const { manifest, image } = testAttempt("a");
const batch: Batch = {
  ...{ attempts: ["a", "b"], manifest, image: image ?? "", argv: [], memory: 2 ** 31, rank: 1, owner: "ada" },
};
const settings: SendParts["settings"] = {
  ...{ installation: "i", stagingImage: "rollerblade:1", stagingUrl: "http://10.96.0.7:7700", audience: "rollerblade" },
  ...{ serviceAccount: "rollerblade-analysis", stagingMemory: 2 ** 28, jobTtlSeconds: 300 },
};

/** Two attempts that wait to be sent, and what becomes of them in its order. */
const startWorld = async (answer = agree, more: Partial<SendParts> = {}) => {
  const { cluster, requests, stop } = await startTestCluster(answer);
  onTestFinished(stop);
  const attempts = createTrackedAttempts();
  const [a, b] = [attempts.track(testAttempt("a")), attempts.track(testAttempt("b"))];
  const steps: string[] = [];
  const parts: SendParts = {
    ...{ attempts, cluster, settings, log: silentLog, signal: new AbortController().signal },
    advance: ({ attempt }) => void steps.push(`advance ${attempt.id}`),
    view: { made: (job) => void steps.push(`made ${job.name === jobName(batch)}`) },
    places: { write: async (job, ids) => void steps.push(`write ${job === jobName(batch)} ${ids}`) },
    crashPoint: (name) => void steps.push(name),
    ...more,
  };
  return { attempts, a, b, steps, parts, requests };
};

test("places are recorded before the Job is created, and then each attempt is one of its indexes", async () => {
  const { attempts, a, b, steps, parts, requests } = await startWorld();
  await sendBatch(parts, batch);
  expect(steps).toEqual(["write true a,b", "job.placed", "job.made", "made true", "advance a", "advance b"]);
  expect(requests()).toEqual(["POST jobs"]);
  const job = jobName(batch);
  expect([attempts.at({ job, index: 0 }), attempts.at({ job, index: 1 })]).toEqual([a, b]);
});

test("the analyses of a Job go on with the trace of its first attempt", async () => {
  await startTelemetry({ service: "test" });
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const { cluster, server, stop } = await startTestCluster();
  onTestFinished(stop);
  const { attempts, parts } = await startWorld(agree, { cluster });
  for (const id of ["c", "d"])
    attempts.track({
      ...testAttempt(id),
      traceparent: `00-${id === "c" ? trace : "f".repeat(32)}-b7ad6b7169203331-01`,
    });
  await sendBatch(parts, { ...batch, attempts: ["c", "d"] });
  const given = server.received.map(({ body }) => /"TRACEPARENT","value":"([^"]*)"/.exec(body)?.[1] ?? "");
  expect(given).toEqual([expect.stringMatching(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`))]);
});

test("a Job of that name is the same one", async () => {
  const { parts, steps, requests } = await startWorld(({ method, path }, response) =>
    method === "POST"
      ? sendJson(response, { kind: "Status", message: "already exists" }, 409)
      : sendJson(response, { metadata: { name: path.split("/").at(-1) } }),
  );
  await sendBatch(parts, batch);
  expect(requests()).toEqual(["POST jobs", `GET ${jobName(batch)}`]);
  expect(steps).toContain("made true");
});

test("a quota without room is waited out, with its words as the reason", async () => {
  let tries = 0;
  const { attempts, parts } = await startWorld((request, response) => {
    if (++tries === 1) sendJson(response, { kind: "Status", message: "exceeded quota: jobs" }, 403);
    else agree(request, response);
  });
  const sent = sendBatch(parts, batch);
  await expect.poll(() => attempts.takeReasons().get("a")).toContain("exceeded quota: jobs");
  await sent;
  expect([tries, attempts.takeReasons().get("a")]).toEqual([2, ""]);
});

test("a Job that the cluster refuses for what it is ends its attempts", async () => {
  const { a, b, parts } = await startWorld((_, response) =>
    sendJson(response, { kind: "Status", message: "spec.template: Invalid value" }, 422),
  );
  await sendBatch(parts, batch);
  for (const { ending } of [a, b])
    expect(await ending).toMatchObject({
      outcome: "refused",
      reason: expect.stringMatching(/^the cluster refuses its Job: .*Invalid value/),
    });
});

test("an attempt that was cancelled meanwhile has no index, and its Job goes when nobody wants it", async () => {
  const one = await startWorld();
  one.attempts.end(one.a, cancelled());
  await sendBatch(one.parts, batch);
  expect(one.steps).not.toContain("advance a");
  expect(one.attempts.at({ job: jobName(batch), index: 1 })).toBe(one.b);

  const both = await startWorld((request, response) => {
    for (const tracked of both.attempts.all()) both.attempts.end(tracked, cancelled());
    agree(request, response);
  });
  await sendBatch(both.parts, batch);
  expect(both.requests()).toEqual(["POST jobs", `DELETE ${jobName(batch)}`]);
});

test("nothing is created for attempts that were all cancelled before", async () => {
  const { attempts, a, b, parts, requests } = await startWorld();
  for (const tracked of [a, b]) attempts.end(tracked, cancelled());
  await sendBatch(parts, batch);
  expect(requests()).toEqual([]);
});
