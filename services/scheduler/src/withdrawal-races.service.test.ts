import { setTimeout as sleep } from "node:timers/promises";
import { archiveKey, datasetKey } from "@rollerblade/abids/bucket-layout";
import { lockInTransaction, shareLockInTransaction, transaction } from "@rollerblade/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashObject } from "./locations/check-locations.ts";
import { archiveLock } from "./publishing/archive-lock.ts";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  sha256Of,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";
import { startProcess } from "./testing/start-process.ts";

/** Deletions against publications of the same names and contents; locks, kills and chance decide who comes first. */
let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  // What it makes is its input, so that a test knows the hash.
  await createShellAnalysis(world, { name: "same", script: copyScript.replace(" $0", "") });
});
afterAll(() => world.stop());

const wait = { timeout: 60_000, interval: 50 };

/** Has the scan of a person worked on, and waits for it. */
const make = async (dataset: string, subject: string, content: string, sequence: number): Promise<void> => {
  await world.finished(await world.request("same", [await world.scan(dataset, subject, content)], { sequence }), 1);
};

const inArchive = async (dataset: string, content: string): Promise<boolean> =>
  (await hashObject(world.objects, archiveKey(dataset, sha256Of(content)))) === sha256Of(content);

const withdrawn = () => world.sql`select from scheduler.derivatives where state = 'withdrawn'`;

test("the archive is not touched while a publication writes its intent, and is afterwards", async () => {
  const dataset = "locked";
  await make(dataset, "01", "the first scan", 1);
  await make(dataset, "01", "the second scan", 2);
  expect(await inArchive(dataset, "the first scan")).toBe(true);
  await transaction(world.sql, async (tx) => {
    await shareLockInTransaction(tx, archiveLock(dataset));
    await world.publish("subject.deleted", { dataset, subject: "01", deleter: "ada" });
    await expect.poll(() => world.keys(`datasets/${dataset}/derivatives/same-1.0.0/sub-01`), wait).toEqual([]);
    expect(await inArchive(dataset, "the first scan")).toBe(true);
  });
  await expect.poll(() => inArchive(dataset, "the first scan"), wait).toBe(false);
  await expect.poll(withdrawn, wait).toEqual([]);
});

test("publications do not wait for each other, and wait for a removal", async () => {
  const dataset = "shared";
  await transaction(world.sql, async (tx) => {
    await shareLockInTransaction(tx, archiveLock(dataset));
    await make(dataset, "01", "beside another publication", 1);
  });
  let run = "";
  await transaction(world.sql, async (tx) => {
    await lockInTransaction(tx, archiveLock(dataset));
    run = await world.request("same", [await world.scan(dataset, "02", "beside a removal")]);
    const publishing = () =>
      world.sql`select from scheduler.tasks where run = ${run} and state = 'publishing'`.then(({ length }) => length);
    await expect.poll(publishing, wait).toBe(1);
    expect(await world.keys(`datasets/${dataset}/derivatives/same-1.0.0/sub-02`)).toEqual([]);
  });
  expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
});

test("what a publication under way is to keep is spared, though another one with the same content is deleted", async () => {
  const dataset = "spared";
  for (const subject of ["01", "02"]) await make(dataset, subject, "twins", 1);
  await make(dataset, "01", "the first of the twins, again", 2);
  expect(await inArchive(dataset, "twins")).toBe(true);
  await world.halt();
  const doomed = await startProcess(world, "publish.archived");
  const slice = await world.scan(dataset, "02", "the second of the twins, again");
  const run = await world.request("same", [slice], { sequence: 2 });
  expect(await doomed.ended()).toBe("SIGKILL");
  await world.sql`update scheduler.tasks set lease_owner = 'elsewhere', lease_until = now() + interval '1 hour' where run = ${run}`;
  await world.start();
  await world.publish("subject.deleted", { dataset, subject: "01", deleter: "ada" });
  await expect.poll(() => world.keys(`datasets/${dataset}/derivatives/same-1.0.0/sub-01`), wait).toEqual([]);
  await expect.poll(withdrawn, wait).toEqual([]);
  expect(await inArchive(dataset, "twins")).toBe(true);
  await world.sql`update scheduler.tasks set lease_until = now() where run = ${run}`;
  await world.finished(run, 1);
  const [kept] = await world.sql<{ state: string }[]>`
    select state from scheduler.derivatives where dataset = ${dataset} and sha256 = ${sha256Of("twins")}`;
  expect([kept?.state, await inArchive(dataset, "twins")]).toEqual(["archived", true]);
});

test("people who are deleted while their results are published and come back at once lose nothing of their new life", async () => {
  const dataset = "lives";
  const people = Array.from({ length: 24 }, (_, at) => String(at + 1).padStart(2, "0"));
  const live = async (subject: string): Promise<void> => {
    const first = await world.request("same", [await world.scan(dataset, subject, `first life of ${subject}`)]);
    await sleep(Math.random() * 1_500);
    await world.publish("subject.deleted", { dataset, subject, deleter: "ada" });
    // Decisions and deletions are ordered by milliseconds.
    await sleep(2);
    const slice = await world.scan(dataset, subject, `second life of ${subject}`);
    const second = await world.request("same", [slice], { sequence: 2 });
    await world.finished(first, 1);
    expect(await world.finished(second, 1)).toMatchObject([{ outcome: "ran" }]);
  };
  await Promise.all(people.map(live));
  await expect.poll(withdrawn, wait).toEqual([]);
  await expect.poll(() => world.keys("staging"), wait).toEqual([]);
  const inForce = await world.sql<{ path: string; sha256: string }[]>`
    select path, sha256 from scheduler.derivatives where dataset = ${dataset} and state = 'in-force' order by path`;
  expect(inForce.map(({ sha256 }) => sha256).sort()).toEqual(
    people.map((subject) => sha256Of(`second life of ${subject}`)).sort(),
  );
  for (const { path, sha256 } of inForce)
    expect(await hashObject(world.objects, datasetKey(dataset, path)), path).toBe(sha256);
  const images = (await world.keys(`datasets/${dataset}/derivatives/same-1.0.0`)).filter((key) => key.endsWith(".gz"));
  expect(images).toHaveLength(people.length);
  expect(await world.keys(`archive/${dataset}`)).toEqual([]);
});
