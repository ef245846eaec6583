import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TaskStatus } from "@rollerblade/client";
import { insertGrant } from "@rollerblade/service-kit/testing";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "../testing/scheduler-world.ts";

let world: SchedulerWorld;
let gate: string;

/** Programs start within seconds, also where other tests keep the processors busy. */
const started = { timeout: 30_000 };

beforeAll(async () => {
  world = await startSchedulerWorld({ ROLLERBLADE_CACHE: "readable" });
  gate = join(world.folder, "gate");
  await world.start();
  const script = `while [ ! -e ${gate} ]; do sleep 0.05; done\n${copyScript}`;
  await createShellAnalysis(world, { name: "gated", script, manifest: "resources: {cpu: 1}\nretry: {attempts: 1}" });
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  const talk = `until [ -e ${gate} ]; do echo still here; sleep 0.1; done\n${copyScript}`;
  await createShellAnalysis(world, {
    name: "talks",
    script: talk,
    manifest: "resources: {cpu: 1}\nretry: {attempts: 1}",
  });
  await world.halt();
});
afterEach(() => world.halt());
afterAll(() => world.stop());

/** Somebody with rights on a dataset of their own name. */
const addPerson = async (principal: string): Promise<void> => {
  for (const resource of ["gated", "copy"])
    await insertGrant(world.sql, { principal, token: null, on: { kind: "analysis", resource, role: "runner" } });
  await insertGrant(world.sql, {
    principal,
    token: null,
    on: { kind: "dataset", resource: `of-${principal}`, role: "contributor" },
  });
};

const revoke = async (principal: string, kind: "dataset" | "analysis"): Promise<void> => {
  await world.sql`delete from accounts.access_v1 where principal = ${principal} and kind = ${kind}`;
};

const announce = (principal: string, kind: string) =>
  world.publish("grant.changed", { principal, kind, resource: `of-${principal}`, role: "", changedBy: "ann" });

/** Four tasks on a machine with room for one, of which one runs. */
const begin = async (owner: string): Promise<string> => {
  const scans = ["01", "02", "03", "04"].map((subject) => world.scan(`of-${owner}`, subject, `${owner} ${subject}`));
  const run = await world.request("gated", await Promise.all(scans), { owner });
  await expect
    .poll(() => world.sql`select from scheduler.tasks where run = ${run} and state = 'waiting'`, started)
    .toHaveLength(4);
  await expect.poll(() => attemptsOf(owner), started).toHaveLength(1);
  return run;
};

const attemptsOf = (owner: string) => world.sql<{ outcome: string | null }[]>`
  select attempt.outcome from scheduler.attempts as attempt
  join scheduler.executions as execution on execution.id = attempt.execution where execution.owner = ${owner}`;

const ends = (tasks: readonly TaskStatus[]) => tasks.map(({ outcome, reason }) => `${outcome}: ${reason}`).sort();

test("a revoked right ends what runs, and refuses what is queued, with the reason", async () => {
  await world.start({ cpus: 1, sweepSeconds: 3_600 });
  await addPerson("bob");
  const run = await begin("bob");
  await revoke("bob", "dataset");
  await announce("bob", "dataset");
  // The gate is never opened: what runs is ended.
  expect(ends(await world.finished(run, 4))).toEqual(Array(4).fill("failed: bob may not run anything on of-bob"));
  await expect.poll(() => attemptsOf("bob"), started).toEqual([{ outcome: "cancelled" }]);
  expect(await world.keys("datasets/of-bob/derivatives")).toEqual([]);
});

test("where what runs is to be finished, it is published, and what is queued is refused", async () => {
  await rm(gate, { force: true });
  await world.start({ cpus: 1, sweepSeconds: 3_600, revocation: "finish" });
  await addPerson("cat");
  const run = await begin("cat");
  await revoke("cat", "analysis");
  await announce("cat", "analysis");
  await expect
    .poll(() => world.sql`select from scheduler.tasks where run = ${run} and state = 'final'`)
    .toHaveLength(3);
  await writeFile(gate, "");
  expect(ends(await world.finished(run, 4))).toEqual([...Array(3).fill("failed: cat may not run gated"), "ran: "]);
  await rm(gate);
});

test("rights are asked when an attempt is claimed and when its outputs are published, whatever was announced", async () => {
  await rm(gate, { force: true });
  await world.start({ cpus: 1, sweepSeconds: 3_600 });
  await addPerson("dan");
  const run = await begin("dan");
  // Nobody announces it, and nobody sweeps: the first one is refused as it is published, the others as they would begin.
  await revoke("dan", "dataset");
  await writeFile(gate, "");
  expect(ends(await world.finished(run, 4))).toEqual(Array(4).fill("failed: dan may not run anything on of-dan"));
  await expect.poll(() => attemptsOf("dan")).toEqual([{ outcome: "succeeded" }]);
  expect(await world.keys("datasets/of-dan/derivatives")).toEqual([]);
  await rm(gate);
});

test("an execution that somebody else still has the right to goes on for them alone", async () => {
  await rm(gate, { force: true });
  await world.start({ cpus: 1, sweepSeconds: 3_600 });
  await addPerson("eve");
  await addPerson("fay");
  await insertGrant(world.sql, {
    principal: "fay",
    token: null,
    on: { kind: "dataset", resource: "of-eve", role: "contributor" },
  });
  const scan = await world.scan("of-eve", "01", "shared");
  const eve = await world.request("gated", [scan], { owner: "eve" });
  await expect.poll(() => attemptsOf("eve"), started).toHaveLength(1);
  const fay = await world.request("gated", [scan], { owner: "fay", rule: "other" });
  await expect
    .poll(() => world.sql`select from scheduler.tasks where run = ${fay} and state = 'waiting'`, started)
    .toHaveLength(1);
  await revoke("eve", "dataset");
  await announce("eve", "dataset");
  expect(ends(await world.finished(eve, 1))).toEqual(["failed: eve may not run anything on of-eve"]);
  await writeFile(gate, "");
  expect(ends(await world.finished(fay, 1))).toEqual(["ran: "]);
  expect(await attemptsOf("eve")).toEqual([{ outcome: "succeeded" }]);
});

test.each([
  ["the right to read the dataset is", "gil", () => revoke("gil", "dataset")],
  ["the right to read the analysis is", "hal", () => revoke("hal", "analysis")],
  [
    "the token is",
    "ida",
    async () => void (await world.sql`update accounts.access_v1 set token_hash = null where principal = 'ida'`),
  ],
])("who follows a log sees no more of it within two seconds after %s revoked", async (_, reader, revokeIt) => {
  await rm(gate, { force: true });
  // Its attempt ends in any case: it would hold the only processor for the tests after it.
  onTestFinished(() => writeFile(gate, ""));
  const replica = await world.start({ cpus: 1, sweepSeconds: 3_600 });
  const owner = `owner-of-${reader}`;
  await addPerson(owner);
  for (const on of [
    { kind: "dataset", resource: `of-${owner}`, role: "viewer" },
    { kind: "analysis", resource: "talks", role: "viewer" },
  ] as const)
    await insertGrant(world.sql, { principal: reader, token: reader, on });
  await insertGrant(world.sql, {
    principal: owner,
    token: null,
    on: { kind: "analysis", resource: "talks", role: "runner" },
  });
  const run = await world.request("talks", [await world.scan(`of-${owner}`, "01", `talk of ${reader}`)], { owner });
  await expect.poll(() => attemptsOf(owner), started).toHaveLength(1);
  const [execution] = await world.sql<{ id: string }[]>`select id from scheduler.executions where owner = ${owner}`;
  const path = `${replica.urls.scheduler}/v1/executions/${execution?.id}/attempts/1/log/follow`;
  const follow = () => fetch(path, { headers: { authorization: `Bearer ${reader}` } });
  const pieces = await vi.waitUntil(async () => {
    const read = (await follow()).body?.getReader();
    return (await read?.read())?.done === false ? read : null;
  }, started);
  await revokeIt();
  const begin = performance.now();
  while ((await pieces?.read())?.done === false);
  expect(performance.now() - begin).toBeLessThan(2_000);
  expect((await follow()).status).toBe(reader === "ida" ? 401 : 404);
  // It still runs, and still talks.
  expect(await attemptsOf(owner)).toEqual([{ outcome: null }]);
  await writeFile(gate, "");
  await world.finished(run, 1);
});

test("a dataset takes no more bytes of derivatives than it may hold, and says so; what already exists, and others, are as before", async () => {
  await world.start({ derivativeBytesPerDataset: 40 });
  const script = "cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz\n";
  await createShellAnalysis(world, { name: "fills", script });
  const fill = async (dataset: string, subject: string, bytes: number) => {
    const scan = await world.scan(dataset, subject, subject.repeat(bytes / subject.length));
    const [task] = await world.finished(await world.request("fills", [scan]), 1);
    return `${task?.outcome}: ${task?.reason}`;
  };
  expect(await fill("full", "01", 30)).toBe("ran: ");
  expect(await fill("full", "02", 20)).toBe(
    "failed: the outputs have 20 bytes, and derivatives of full may take 10 more of 40 in all",
  );
  expect(await fill("full", "03", 10)).toBe("ran: ");
  expect(await fill("full", "01", 30)).toBe("in-place: ");
  expect(await fill("other", "01", 40)).toBe("ran: ");
  expect((await world.keys("datasets/full/derivatives")).filter((path) => path.endsWith(".nii.gz"))).toHaveLength(2);
});
