import { setTimeout as sleep } from "node:timers/promises";
import { gatewayRoutes } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hasOwnServers, kubectl } from "../../tools/test-cluster/kubectl.ts";
import { restartServer, stopServer } from "../../tools/test-cluster/servers.ts";
import { chosenSeed, randomOf } from "../chaos/random.ts";
import { forwardPort } from "./forward-port.ts";
import { analyses, type History, type InterruptedRuns, startInterruptedRuns } from "./interrupted-runs.ts";
import { killServer } from "./kill-container.ts";
import { readSecret } from "./open-door.ts";

const seed = chosenSeed();
const random = randomOf(seed);
/** An installation may have seen this fault before, and would know the results. */
const nameOf = (fault: string): string => `${fault}-${seed.toString(36)}`;
let it: InterruptedRuns;

beforeAll(async () => {
  it = await startInterruptedRuns();
});
afterAll(() => it?.close());
const servicesDo = (...what: string[]) => kubectl(["--namespace", "rollerblade", ...what]);
// What was done to the services by the test before must not be in the way of the next one.
beforeEach(async () => {
  for (const kind of ["statefulset", "deployment"]) await servicesDo("rollout", "status", kind, "--timeout", "300s");
});

/** A run over a few scans in whose middle something breaks: all of it is done in the end, and done once. */
const survive = async (fault: string, breakIt: () => Promise<unknown>): Promise<History[]> => {
  const run = await it.begin(nameOf(fault));
  await sleep(random() * 3_000);
  await breakIt();
  const histories = await it.end(run);
  const all = (value: unknown) => histories.map(() => value);
  expect(histories.length).toBeGreaterThan(1);
  expect(histories.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual(all({ outcome: "ran", reason: "" }));
  expect(histories.map(({ derivatives }) => derivatives.length)).toEqual(all(1));
  // The catalog receives them a moment later.
  const made = histories.flatMap(({ derivatives }) => derivatives).sort();
  await expect.poll(async () => (await it.derivatives(nameOf(fault))).sort()).toEqual(made);
  return histories;
};

/** Attempts that ended without success, and whether each counts as one. */
const interruptions = (histories: readonly History[]) =>
  histories.flatMap(({ history }) => history?.attempts ?? []).filter(({ outcome }) => outcome !== "succeeded");

const one = async (fault: string) => {
  const found = (await it.pods()).find(({ analysis, running }) => running && analysis === nameOf(fault));
  if (found === undefined) throw new Error("No Pod of the analysis runs any more.");
  return found;
};

test.each([
  ["scheduler", "app.kubernetes.io/component=scheduler"],
  ["pipeline-router", "app.kubernetes.io/component=pipeline-router"],
  ["nats", "app.kubernetes.io/name=nats"],
  ["postgres", "app.kubernetes.io/name=postgres"],
])("the %s is killed in the middle of a run: all is done once, and no attempt is lost", async (name, selector) => {
  const histories = await survive(`kill-${name}`, () => killServer(selector));
  expect(interruptions(histories)).toEqual([]);
});

test("a Pod that is deleted is reported as lost, is not counted, and its work is done by another", async () => {
  const histories = await survive("pod-deleted", async () =>
    kubectl(["--namespace", analyses, "delete", "pod", (await one("pod-deleted")).name, "--wait=false"]),
  );
  expect(interruptions(histories)).toMatchObject([
    { outcome: "lost", counted: false, reason: expect.stringMatching(/Pod/) },
  ]);
});

test("a Job that is deleted by hand is reported, and its work is done by another Job", async () => {
  const histories = await survive("job-deleted", async () =>
    kubectl(["--namespace", analyses, "delete", "job", (await one("job-deleted")).job, "--wait=false"]),
  );
  const lost = interruptions(histories);
  expect(lost.length).toBeGreaterThan(0);
  for (const attempt of lost)
    expect(attempt).toMatchObject({ outcome: "lost", counted: false, reason: expect.stringMatching(/Job|Pod/) });
});

test("a node that is drained interrupts Pods, which go on elsewhere as the same attempt", async () => {
  const [node = ""] = (await kubectl(["get", "nodes", "--output", "name"])).trim().split("\n");
  const drain = [
    "drain",
    node,
    "--pod-selector",
    `rollerblade.io/analysis=${nameOf("drained")}`,
    "--delete-emptydir-data",
    "--force",
  ];
  const histories = await survive("drained", async () => {
    await kubectl([...drain, "--timeout", "120s"]);
    await kubectl(["uncordon", node]);
  });
  expect(interruptions(histories)).toEqual([]);
});

test("the S3 server is away for half a minute: what was made meanwhile is stored afterwards", async () => {
  const scale = (count: number) => servicesDo("scale", "statefulset/rollerblade-s3", "--replicas", String(count));
  await survive("s3-away", async () => {
    await scale(0);
    await sleep(30_000);
    await scale(1);
  });
});

test.runIf(await hasOwnServers())("the kubelet is killed and comes back: Pods went on without it", async () => {
  const histories = await survive("kubelet-killed", async () => {
    await stopServer("kubelet", "SIGKILL");
    await sleep(10_000);
    await restartServer("kubelet");
  });
  // A container that was just being started is cut off; whoever had that bad luck begins again, uncounted.
  for (const attempt of interruptions(histories))
    expect(attempt).toMatchObject({ outcome: "lost", counted: false, reason: expect.stringContaining("interrupted") });
});

test.runIf(await hasOwnServers())(
  "the API server is away for half a minute: Pods go on, and what they made is taken",
  async () => {
    const histories = await survive("api-away", async () => {
      await stopServer("kube-apiserver", "SIGKILL");
      await sleep(30_000);
      await restartServer("kube-apiserver");
      await expect.poll(() => kubectl(["get", "--raw", "/readyz"])).toBe("ok");
    });
    for (const { counted } of interruptions(histories)) expect(counted).toBe(false);
  },
);

test("two replicas of every service share the work, and all are replaced in the middle of a run", async () => {
  const allAre = () => servicesDo("rollout", "status", "deployment", "--timeout", "300s");
  await servicesDo("scale", "deployment", "--all", "--replicas", "2");
  await allAre();
  const histories = await survive("two-replicas", async () => {
    await servicesDo("rollout", "restart", "deployment");
    await allAre();
  });
  expect(interruptions(histories)).toEqual([]);
  await servicesDo("scale", "deployment", "--all", "--replicas", "1");
});

test("after all of it no event was given up, and none was emitted twice", async () => {
  const { items } = await (await it.api()).call(gatewayRoutes.listDeadLetters, { query: {} });
  expect(items).toEqual([]);
  const address = new URL(await readSecret("rollerblade-migrate", "ROLLERBLADE_DATABASE_URL"));
  const { port, close } = await forwardPort("rollerblade-postgres", 5432);
  Object.assign(address, { hostname: "127.0.0.1", port: String(port) });
  const sql = connect(address.href, { max: 1 });
  const [counts] = await sql<{ emitted: number; there: number; open: number }[]>`
    select (select count(*)::int from scheduler.outbox where topic = 'derivative.created') as emitted,
      (select count(*)::int from catalog.derivatives) as there,
      (select count(*)::int from scheduler.outbox where published_at is null) as open`;
  await disconnect(sql);
  await close();
  expect(counts).toEqual({ emitted: counts?.there, there: counts?.there, open: 0 });
});
