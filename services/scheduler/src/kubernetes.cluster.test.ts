import { execFile } from "node:child_process";
import { text as content } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { schedulerRoutes, stagingRoutes, type TaskStatus } from "@rollerblade/client";
import { serviceToken } from "@rollerblade/service-kit/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ClusterWorld, copy, createPodAnalysis, findCluster, startClusterWorld } from "./testing/cluster-world.ts";
import { createAsset } from "./testing/create-asset.ts";
import { startProcess } from "./testing/start-process.ts";

const execute = promisify(execFile);
const commandLine = new URL("../../../bin/rollerblade.ts", import.meta.url);

const there = await findCluster();

describe.skipIf(!there)("Pods (needs a cluster: npm run cluster -- up)", () => {
  let world: ClusterWorld;

  beforeAll(async () => {
    world = await startClusterWorld({ imageSeconds: 8 });
  });
  afterEach(() => world?.halt());
  afterAll(() => world?.stop());

  const scans = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => world.scan(name, `${at + 10}`, `scan ${at} of ${name}`)));
  const begin = async (name: string, count = 1): Promise<string> => world.request(name, await scans(name, count));
  const runOne = async (name: string): Promise<TaskStatus> => {
    const [task] = await world.finished(await begin(name), 1);
    if (task === undefined) throw new Error("There is no task.");
    return task;
  };
  const attemptsOf = (analysis: string) => world.sql<
    {
      id: string;
      execution: string;
      number: number;
      state: string;
      outcome: string | null;
      counted: boolean;
      exitCode: number | null;
      reason: string;
      waiting: string;
      memory: number;
      job: string | null;
      log: string | null;
    }[]
  >`
    select attempt.* from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where execution.analysis = ${analysis} order by attempt.started_at, attempt.id`;
  const podsOf = async (analysis: string) =>
    (await world.list("pods")).filter(({ metadata }) => metadata.name.startsWith(`rb-${analysis}-`));
  const running = (analysis: string) =>
    expect.poll(async () => (await podsOf(analysis)).map(({ status }) => started(status))).toContain(true);

  test("slices of one analysis share a Job; each Pod gets its own files, and what it makes is published", async () => {
    await world.start();
    await createPodAnalysis(world, "copy", { script: `echo hello; ${copy}` });
    const run = await begin("copy", 5);
    const tasks = await world.finished(run, 5);
    expect(tasks.map(({ outcome }) => outcome)).toEqual(Array(5).fill("ran"));
    const attempts = await attemptsOf("copy");
    expect(new Set(attempts.map(({ job }) => job)).size).toBe(1);
    const keys = await world.keys("datasets/copy/derivatives/copy-1.0.0");
    expect(keys.filter((key) => key.endsWith(".nii.gz"))).toHaveLength(5);
    await expect.poll(async () => (await attemptsOf("copy")).filter(({ log }) => log !== null)).toHaveLength(5);
    const [first] = tasks;
    const { text } = await world
      .client()
      .call(schedulerRoutes.showLog, { params: { id: first?.execution ?? "", number: 1 } });
    expect(text).toContain("hello");
    await expect.poll(() => world.keys("staging")).toEqual([]);
  });

  test("a Pod finds its assets, read-only, through the staging door", async () => {
    await world.start();
    await createAsset(world, "weights", "1.0.0", { "net/a.bin": "weights" });
    const read = "cat $ROLLERBLADE_IN/assets/net/net/a.bin > $ROLLERBLADE_OUT/copy.nii.gz";
    const harm = "for file in net/a.bin new; do echo x > $ROLLERBLADE_IN/assets/net/$file && exit 1; done";
    await createPodAnalysis(world, "weighs", { script: `${harm}; ${read}`, more: "assets: {net: weights@1.0.0}" });
    expect(await runOne("weighs")).toMatchObject({ outcome: "ran", reason: "" });
    const [made = ""] = (await world.keys("datasets/weighs/derivatives")).filter((key) => key.endsWith("_T1w.nii.gz"));
    expect(await content(await world.objects.get(`datasets/weighs/derivatives/${made}`))).toBe("weights");
  });

  test("exit code 65 is bad input, with the last words of the analysis", async () => {
    await world.start();
    await createPodAnalysis(world, "unusable", {
      script: "echo not a brain >&2; exit 65",
      more: "retry: {attempts: 3}",
    });
    const task = await runOne("unusable");
    expect(task).toMatchObject({ outcome: "failed", reason: expect.stringContaining("not a brain") });
    expect(await attemptsOf("unusable")).toMatchObject([{ outcome: "bad-input", exitCode: 65, counted: true }]);
  });

  test("an analysis without enough memory gets more", async () => {
    await world.start();
    const hungry = `node -e "const kept = []; for (let at = 0; at < 150; at++) kept.push(Buffer.alloc(1048576, 1))" && ${copy}`;
    const more = "retry: {attempts: 3, memoryStep: 4, memoryMax: 512Mi}";
    await createPodAnalysis(world, "hungry", { script: hungry, more });
    expect(await runOne("hungry")).toMatchObject({ outcome: "ran" });
    expect(await attemptsOf("hungry")).toMatchObject([
      { outcome: "out-of-memory", counted: true, memory: 64 * 2 ** 20 },
      { outcome: "succeeded", memory: 256 * 2 ** 20 },
    ]);
  });

  test("an analysis that takes too long is ended, and its Pod with it", async () => {
    await world.start();
    await createPodAnalysis(world, "slow", {
      script: "echo began; sleep 600",
      resources: "cpu: 10m, memory: 64Mi, disk: 16Mi, timeout: 3s",
    });
    expect(await runOne("slow")).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("longer than 3 s"),
    });
    expect(await attemptsOf("slow")).toMatchObject([{ outcome: "timed-out", log: expect.any(String) }]);
    await expect
      .poll(async () => (await podsOf("slow")).filter(({ status }) => status.phase === "Running"))
      .toHaveLength(0);
  });

  test.each([
    ["undeclared", `${copy}; touch $ROLLERBLADE_OUT/extra.txt`, "extra.txt"],
    ["missing", "true", "copy"],
    ["linked", "ln -s /etc/passwd $ROLLERBLADE_OUT/copy.nii.gz", "symbolic link"],
  ])("an output that is %s fails the attempt by name", async (name, script, words) => {
    await world.start();
    await createPodAnalysis(world, name, { script });
    expect(await runOne(name)).toMatchObject({ outcome: "failed", reason: expect.stringContaining(words) });
    expect(await attemptsOf(name)).toMatchObject([{ outcome: "bad-output", counted: true }]);
  });

  test("an input that is no longer what was decided on is reported", async () => {
    await world.start();
    await createPodAnalysis(world, "moved");
    const [slice] = await scans("moved", 1);
    if (slice === undefined) throw new Error("There is no slice.");
    await world.objects.put(`datasets/moved/${slice.inputs[0]?.members[0]?.path}`, Buffer.from("something else"));
    const [task] = await world.finished(await world.request("moved", [slice]), 1);
    expect(task).toMatchObject({ outcome: "failed", reason: expect.stringContaining("no longer what was decided on") });
    expect(await attemptsOf("moved")).toMatchObject([{ outcome: "input-changed", counted: false }]);
  });

  test("an image that cannot be pulled ends the attempt after a while, in the cluster's own words", async () => {
    await world.start();
    await createPodAnalysis(world, "imageless", { image: "registry.invalid/nothing:1" });
    const run = await begin("imageless");
    await expect.poll(async () => (await attemptsOf("imageless"))[0]?.waiting ?? "").toContain("registry.invalid");
    const [task] = await world.finished(run, 1);
    expect(task).toMatchObject({ outcome: "failed", reason: expect.stringContaining("registry.invalid/nothing:1") });
    expect(await attemptsOf("imageless")).toMatchObject([{ outcome: "failed", counted: true }]);
  });

  test("a Pod that no node can take waits with the cluster's reason, blocks nobody, and can be cancelled", async () => {
    await world.start({ pods: 1 });
    await createPodAnalysis(world, "huge", { resources: "cpu: 900, memory: 64Mi, disk: 16Mi, timeout: 1m" });
    const run = await begin("huge");
    const execution = async () => {
      const [attempt] = await attemptsOf("huge");
      if (attempt === undefined) return null;
      return world.client().call(schedulerRoutes.showExecution, { params: { id: attempt.execution } });
    };
    await expect
      .poll(async () => ({ state: (await execution())?.state, reason: (await execution())?.reason ?? "" }))
      .toEqual({ state: "running", reason: expect.stringContaining("Insufficient cpu") });
    await createPodAnalysis(world, "small");
    expect(await runOne("small")).toMatchObject({ outcome: "ran" });
    await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
    await expect.poll(async () => (await attemptsOf("huge"))[0]?.outcome).toBe("cancelled");
    await expect.poll(() => podsOf("huge")).toEqual([]);
  });

  test("a quota that is used up is waited for", async () => {
    await world.start();
    const quotas = `/api/v1/namespaces/${world.namespace}/resourcequotas`;
    await world.cluster.call({
      method: "POST",
      path: quotas,
      body: { metadata: { name: "none" }, spec: { hard: { pods: "0" } } },
    });
    await createPodAnalysis(world, "thrifty");
    const run = await begin("thrifty");
    await expect.poll(async () => (await attemptsOf("thrifty"))[0]?.waiting ?? "").toContain("exceeded quota");
    await world.cluster.call({ method: "DELETE", path: `${quotas}/none` });
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("thrifty")).toMatchObject([{ outcome: "succeeded" }]);
  });

  test("a Job that somebody deletes is made again, uncounted", async () => {
    await world.start();
    await createPodAnalysis(world, "deleted", { script: `[ -f /tmp/no ] || sleep 5; ${copy}` });
    const run = await begin("deleted", 2);
    await running("deleted");
    const [first] = await attemptsOf("deleted");
    await world.remove("jobs", first?.job ?? "");
    expect(await world.finished(run, 2)).toMatchObject([{ outcome: "ran" }, { outcome: "ran" }]);
    const attempts = await attemptsOf("deleted");
    expect(attempts.filter(({ outcome }) => outcome === "lost")).toMatchObject([
      { counted: false },
      { counted: false },
    ]);
  });

  test("a Pod that somebody deletes is an attempt lost, uncounted", async () => {
    await world.start();
    await createPodAnalysis(world, "shot", { script: `sleep 5; ${copy}` });
    const run = await begin("shot");
    await running("shot");
    const [pod] = await podsOf("shot");
    await world.remove("pods", pod?.metadata.name ?? "");
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("shot")).toMatchObject([{ outcome: "lost", counted: false }, { outcome: "succeeded" }]);
  });

  test("of finished Jobs only the latest stay, as many as may", async () => {
    await world.start({ finishedPods: 2 });
    await createPodAnalysis(world, "brief");
    const jobs = async () =>
      (await world.list("jobs")).map(({ metadata }) => metadata.name).filter((name) => name.startsWith("rb-brief-"));
    await world.finished(await begin("brief", 2), 2);
    const [first] = await jobs();
    const more = await world.scan("brief", "90", "one more scan");
    await world.finished(await world.request("brief", [more], { sequence: 2 }), 1);
    await expect.poll(jobs, { timeout: 30_000 }).not.toContain(first);
    expect(await jobs()).toHaveLength(1);
  });

  test("an evicted Pod is replaced within the same attempt", async () => {
    await world.start();
    await createPodAnalysis(world, "drained", { script: `sleep 5; ${copy}` });
    const run = await begin("drained");
    await running("drained");
    const [pod] = await podsOf("drained");
    const { name = "" } = pod?.metadata ?? {};
    await world.cluster.call({
      method: "POST",
      path: `/api/v1/namespaces/${world.namespace}/pods/${name}/eviction`,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } },
    });
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("drained")).toMatchObject([{ outcome: "succeeded" }]);
  });

  test("a cancelled run ends its Pods, and nothing is published", async () => {
    await world.start();
    await createPodAnalysis(world, "unwanted", { script: "sleep 600" });
    const run = await begin("unwanted", 3);
    await running("unwanted");
    await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
    await expect.poll(() => podsOf("unwanted")).toEqual([]);
    expect(await attemptsOf("unwanted")).toMatchObject(Array(3).fill({ outcome: "cancelled" }));
  });

  test("the log of what runs is followed", async () => {
    await world.start();
    await createPodAnalysis(world, "talking", { script: `echo first; sleep 4; echo last; ${copy}` });
    const run = await begin("talking");
    await running("talking");
    const [attempt] = await attemptsOf("talking");
    const answer = await world.client().raw(`/v1/executions/${attempt?.execution}/attempts/1/log/follow`);
    const chunks: string[] = [];
    for await (const chunk of answer.body ?? []) chunks.push(Buffer.from(chunk).toString());
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.join("")).toBe("first\nlast\n");
    await world.finished(run, 1);
  });

  test("the command line follows it, too, until the task is finished", async () => {
    await world.start();
    await createPodAnalysis(world, "telling", { script: `echo first; sleep 2; echo last; ${copy}` });
    const run = await begin("telling");
    const tasks = async () => (await world.client().call(schedulerRoutes.listTasks, { query: { run } })).items;
    await expect.poll(tasks).toHaveLength(1);
    const [task] = await tasks();
    const env = {
      ...process.env,
      ROLLERBLADE_URL: world.stagingUrl,
      ROLLERBLADE_TOKEN: await serviceToken("scheduler"),
    };
    const command = [fileURLToPath(commandLine), "runs", "log", task?.id ?? "", "--follow"];
    const { stdout, stderr } = await execute(process.execPath, command, { env });
    expect(stdout).toBe("first\nlast\n");
    expect(stderr).toMatch(/^--- attempt 1\n(.*\n)*telling 1\.0\.0 on .*: ran\n$/);
  });

  test("a token is good for its own Pod alone, and from its address", async () => {
    await world.start();
    const steal = `cat /var/run/secrets/*/token /var/run/secrets/kubernetes.io/serviceaccount/token 2>&1; ${copy}`;
    await createPodAnalysis(world, "thief", { script: `sleep 3; ${steal}` });
    const run = await begin("thief");
    await running("thief");
    const [pod] = await podsOf("thief");
    const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(
      await world.cluster.call({
        method: "POST",
        path: `/api/v1/namespaces/${world.namespace}/serviceaccounts/rollerblade-analysis/token`,
        body: {
          spec: {
            audiences: ["rollerblade"],
            boundObjectRef: { kind: "Pod", apiVersion: "v1", name: pod?.metadata.name, uid: pod?.metadata.uid },
          },
        },
      }),
    ).status;
    const ask = (bearer: string) =>
      fetch(`${world.stagingUrl}${stagingRoutes.inputs.path}`, {
        method: "POST",
        body: "{}",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      });
    const replayed = await ask(token);
    expect(replayed.status).toBe(403);
    expect(await replayed.text()).toContain("was sent from");
    expect((await ask("nonsense")).status).toBe(401);
    await world.finished(run, 1);
    await expect.poll(async () => (await attemptsOf("thief"))[0]?.log ?? null).not.toBeNull();
    const [{ execution } = { execution: "" }] = await attemptsOf("thief");
    const { text } = await world.client().call(schedulerRoutes.showLog, { params: { id: execution, number: 1 } });
    expect(text).toContain("No such file");
    expect(text).not.toContain("eyJ");
  });

  test.each(["attempt.claimed", "job.placed", "job.made", "attempt.ended", "attempt.written"])(
    "a scheduler that dies at %s loses nothing and makes nothing twice",
    async (point) => {
      const name = `killed-${point.replace(".", "-")}`;
      await world.start();
      await createPodAnalysis(world, name, { script: `sleep 2; ${copy}` });
      await world.halt();
      const doomed = await startProcess(world, point);
      const run = await begin(name, 3);
      expect(await doomed.ended()).toBe("SIGKILL");
      await world.start();
      expect((await world.finished(run, 3)).map(({ outcome }) => outcome)).toEqual(Array(3).fill("ran"));
      expect((await attemptsOf(name)).filter(({ outcome }) => outcome === "succeeded")).toHaveLength(3);
      expect((await attemptsOf(name)).filter(({ counted }) => counted)).toHaveLength(3);
      const keys = await world.keys(`datasets/${name}/derivatives`);
      expect(keys.filter((key) => key.endsWith(".nii.gz"))).toHaveLength(3);
    },
  );

  test("a report that another replica receives reaches the one that runs the attempt", async () => {
    await world.start();
    await createPodAnalysis(world, "shared");
    await world.halt();
    // It claims everything, and no Pod can reach it.
    const owner = await startProcess(world, "", { ROLLERBLADE_PORT: "0", ROLLERBLADE_SCHEDULER_SWEEP_SECONDS: "600" });
    const run = await begin("shared", 3);
    await expect.poll(async () => (await attemptsOf("shared")).length).toBe(3);
    await world.start();
    expect(await world.finished(run, 3)).toMatchObject(Array(3).fill({ outcome: "ran" }));
    expect(await attemptsOf("shared")).toMatchObject(Array(3).fill({ outcome: "succeeded", counted: true }));
    const owners = await world.sql<{ pid: string }[]>`
      select distinct split_part(lease_owner, '/', 2) as pid from scheduler.attempts
      where id = any(${(await attemptsOf("shared")).map(({ id }) => id)}::uuid[])`;
    expect(owners).toEqual([{ pid: String(owner.process.pid) }]);
  });

  test("Pods go on while no scheduler is there, and their results are found", async () => {
    await world.start();
    await createPodAnalysis(world, "orphaned", { script: `sleep 4; ${copy}` });
    await world.halt();
    const doomed = await startProcess(world);
    const run = await begin("orphaned", 2);
    await running("orphaned");
    doomed.process.kill("SIGKILL");
    await doomed.ended();
    await world.start();
    expect(await world.finished(run, 2)).toMatchObject([{ outcome: "ran" }, { outcome: "ran" }]);
    expect(await attemptsOf("orphaned")).toMatchObject([{ outcome: "succeeded" }, { outcome: "succeeded" }]);
  });
});

/** Whether the analysis of a Pod has begun. */
const started = (status: object): boolean => {
  const parsed = z
    .object({ initContainerStatuses: z.array(z.object({ name: z.string(), state: z.looseObject({}) })).default([]) })
    .parse(status);
  return parsed.initContainerStatuses.some(({ name, state }) => name === "analysis" && "running" in state);
};
