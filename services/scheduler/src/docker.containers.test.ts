import { execFileSync } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { baseImage, dockerIsThere, ensureBaseImage } from "../../../tools/test-cluster/images/docker.ts";
import { createAsset } from "./testing/create-asset.ts";
import { type SchedulerWorld, startSchedulerWorld } from "./testing/scheduler-world.ts";
import { startProcess } from "./testing/start-process.ts";

const there = await dockerIsThere();

describe.skipIf(!there)("containers (needs a Docker engine)", () => {
  let world: SchedulerWorld;

  beforeAll(async () => {
    await ensureBaseImage();
    world = await startSchedulerWorld();
  });
  afterEach(() => world.halt());
  afterAll(() => world?.stop());

  /** An analysis of a few lines of shell in the base image. */
  const create = async (name: string, script: string, more = ""): Promise<void> => {
    const manifest = `
name: ${name}
version: 1.0.0
image: ${baseImage}
command: ${JSON.stringify(["sh", "-c", script])}
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 500m, memory: 64Mi, timeout: 1m}
retry: {attempts: 1}
outputs: {copy: {name: "{entities}_desc-${name}_T1w.nii.gz", metadata: {SkullStripped: false}, content: any}}
${more}`;
    await world.client().call(schedulerRoutes.createAnalysis, { body: { manifest } });
  };
  const copy = "cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz";

  const runOne = async (name: string, subject = "01"): Promise<TaskStatus> => {
    const run = await world.request(name, [await world.scan(name, subject, `scan of ${name}`)]);
    const [task] = await world.finished(run, 1);
    if (task === undefined) throw new Error("There is no task.");
    return task;
  };
  const attemptsOf = (analysis: string) => world.sql<{ outcome: string | null; counted: boolean }[]>`
    select attempt.outcome, attempt.counted from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where execution.analysis = ${analysis} order by number`;

  /** Names of our containers, whatever their state. */
  const containers = async (): Promise<string[]> => {
    const attempts = await world.sql<{ id: string }[]>`select id from scheduler.attempts`;
    const ours = new Set(attempts.map(({ id }) => `rollerblade-${id}`));
    const names = execFileSync("docker", ["ps", "--all", "--format", "{{.Names}}"]).toString().split("\n");
    return names.filter((name) => ours.has(name));
  };

  test("a container reads its inputs, writes its outputs, and is removed", async () => {
    await world.start();
    await create("copy", copy);
    expect(await runOne("copy")).toMatchObject({ outcome: "ran" });
    expect(await containers()).toEqual([]);
    expect(await runOne("copy")).toMatchObject({ outcome: "in-place" });
    expect(await runOne("copy", "02")).toMatchObject({ outcome: "cached" });
  });

  test("a container finds its assets, and cannot change them", async () => {
    await world.start();
    await createAsset(world, "weights", "1.0.0", { "net/a.bin": "weights" });
    const read = "cat $ROLLERBLADE_IN/assets/net/net/a.bin > $ROLLERBLADE_OUT/copy.nii.gz";
    const harm = "for file in net/a.bin new; do echo x > $ROLLERBLADE_IN/assets/net/$file && exit 1; done";
    await create("weighs", `${harm}; ${read}`, "assets: {net: weights@1.0.0}");
    expect(await runOne("weighs")).toMatchObject({ outcome: "ran", reason: "" });
    const made = "derivatives/weighs-1.0.0/sub-01/anat/sub-01_desc-weighs_T1w.nii.gz";
    expect(await text(await world.objects.get(datasetKey("weighs", made)))).toBe("weights");
  });

  test("exit 65 is final, and the log of the container is kept", async () => {
    await world.start();
    await create("blank", "echo the image is blank >&2; exit 65", "description: refuses everything");
    const task = await runOne("blank");
    expect(task).toMatchObject({
      outcome: "failed",
      reason: "exit code 65 (its input cannot be used): the image is blank",
    });
    const params = { id: task.execution ?? "", number: 1 };
    expect(await world.client().call(schedulerRoutes.showLog, { params })).toEqual({ text: "the image is blank\n" });
  });

  test("a link that leads out of the container is not followed", async () => {
    await world.start();
    await create("link", "ln -s /etc/shadow $ROLLERBLADE_OUT/copy.nii.gz");
    expect((await runOne("link")).reason).toMatch(/"copy\.nii\.gz" is a symbolic link/);
  });

  test("a command that is not in the image says so", async () => {
    await world.start();
    const manifest = `{name: absent, version: 1.0.0, image: "${baseImage}", command: [no-such-program], level: scan,
      inputs: {t1w: {suffix: T1w, extension: .nii.gz}}, retry: {attempts: 1}, outputs: {copy: {name: "{entities}_T1w.nii.gz", metadata: {SkullStripped: false}}}}`;
    await world.client().call(schedulerRoutes.createAnalysis, { body: { manifest } });
    expect((await runOne("absent")).reason).toMatch(/no-such-program/);
    expect(await containers()).toEqual([]);
  });

  test("a container goes on when the scheduler is killed, and the next one takes it over", async () => {
    await world.start();
    await create("long", `sleep 6; ${copy}`);
    await world.halt();
    const doomed = await startProcess(world);
    const run = await world.request("long", [await world.scan("long", "01", "long")]);
    await expect.poll(containers, { timeout: 30_000 }).toHaveLength(1);
    doomed.process.kill("SIGKILL");
    await doomed.ended();
    expect(await containers()).toHaveLength(1);
    await world.start();
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("long")).toEqual([{ outcome: "succeeded", counted: true }]);
    expect(await containers()).toEqual([]);
  });

  test("a container whose end nobody saw is taken over too", async () => {
    await world.start();
    await create("short", `sleep 1; ${copy}`);
    await world.halt();
    const doomed = await startProcess(world);
    const run = await world.request("short", [await world.scan("short", "01", "short")]);
    await expect.poll(containers, { timeout: 30_000 }).toHaveLength(1);
    doomed.process.kill("SIGKILL");
    await doomed.ended();
    for (const name of await containers()) execFileSync("docker", ["wait", name]);
    await world.start();
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("short")).toEqual([{ outcome: "succeeded", counted: true }]);
  });

  test("a container that was removed behind our back costs no attempt", async () => {
    await world.start();
    await create("removed", `sleep 4; ${copy}`);
    await world.halt();
    const doomed = await startProcess(world);
    const run = await world.request("removed", [await world.scan("removed", "01", "removed")]);
    await expect.poll(containers, { timeout: 30_000 }).toHaveLength(1);
    doomed.process.kill("SIGKILL");
    await doomed.ended();
    for (const name of await containers()) execFileSync("docker", ["rm", "--force", name]);
    await world.start();
    expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf("removed")).toEqual([
      { outcome: "lost", counted: false },
      { outcome: "succeeded", counted: true },
    ]);
  });

  test("a cancelled run ends its container", async () => {
    await world.start();
    await create("endless", "sleep 600");
    const run = await world.request("endless", [await world.scan("endless", "01", "endless")]);
    await expect.poll(containers, { timeout: 30_000 }).toHaveLength(1);
    await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
    await expect.poll(containers, { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => attemptsOf("endless")).toEqual([{ outcome: "cancelled", counted: false }]);
    await expect(access(join(world.bucket, "datasets/endless/derivatives"))).rejects.toThrow("ENOENT");
  });

  test("an image that is nowhere is refused when the analysis is created", async () => {
    await world.start();
    const manifest = `{name: nowhere, version: 1.0.0, image: "localhost:1/no/such:image", level: scan,
      inputs: {t1w: {suffix: T1w, extension: .nii.gz}}, outputs: {copy: {name: "{entities}_T1w.nii.gz", metadata: {SkullStripped: false}}}}`;
    await expect(world.client().call(schedulerRoutes.createAnalysis, { body: { manifest } })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(/^The image "localhost:1\/no\/such:image" /),
    });
  });
});
