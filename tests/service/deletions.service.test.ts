import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { datasetKey, datasetPrefix } from "@rollerblade/abids/bucket-layout";
import { catalogRoutes, findingsRoutes, type KeptFinding } from "@rollerblade/client";
import { connect, deletionLock, disconnect, lockInTransaction, rawNamesLock, transaction } from "@rollerblade/database";
import { openObjectStore } from "@rollerblade/object-store";
import { importDataset, uploadScan } from "@rollerblade/transfer";
import { afterAll, beforeEach, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

/** Deletions against imports and uploads of the same names, with the real services; locks force who comes first. */
const world = await startServicesWorld([ingest, catalog], {
  catalog: { sweepSeconds: 1 },
  ingest: { sweepSeconds: 1 },
});
const { sql, settings } = world;
const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
const locks = connect(world.servers.databaseUrl, { max: 1 });
const uploads = world.admin("ingest");
const queries = world.admin("catalog");
afterAll(async () => {
  await disconnect(locks);
  await world.stop();
});

const labels = ["01", "02", "03", "04"];
const image = (label: string): string => `sub-${label}/anat/sub-${label}_T1w.nii.gz`;
const paths = ["dataset_description.json", "participants.tsv", ...labels.map(image)];
const wait = { timeout: 20_000, interval: 50 };

let count = 0;
let dataset = "";
let directory = "";

beforeEach(async () => {
  count += 1;
  dataset = `brains-${count}`;
  directory = join(world.scratch, dataset);
  const files: [string, string][] = [
    ["dataset_description.json", '{"Name": "Brains", "BIDSVersion": "1.11.1"}'],
    ["participants.tsv", `participant_id\tage\n${labels.map((label) => `sub-${label}\t4${label}`).join("\n")}\n`],
    ...labels.map((label): [string, string] => [image(label), `the image of ${label}`]),
  ];
  for (const [path, content] of files) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  await importAll();
  await expect.poll(scansKnown, wait).toBe(labels.length);
});

const importAll = () => importDataset({ client: uploads, directory, dataset });

const scansKnown = async (): Promise<number> => {
  const [row] = await sql<{ scans: number }[]>`
    select count(*)::int as scans from catalog.scans where dataset = ${dataset}`;
  return row?.scans ?? 0;
};

const inBucket = async (): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of objects.list(datasetPrefix(dataset)))
    keys.push(key.slice(datasetKey(dataset, "").length));
  return keys.sort();
};

/** Paths of files that ingest or the catalog know and that the bucket does not hold with the same bytes. */
const lost = async (): Promise<string[]> => {
  const known = await sql<{ path: string; size: number; sha256: string }[]>`
    select path, size, sha256 from ingest.files where dataset = ${dataset}
    union select path, size, sha256 from catalog.files where dataset = ${dataset}`;
  const found = await objects.inspect(
    known.map(({ path, size }) => ({ key: datasetKey(dataset, path), size, keep: 0 })),
  );
  return known.flatMap(({ path, sha256 }, index) => (found[index]?.sha256 === sha256 ? [] : [path]));
};

const isFinished = async (deletion: string): Promise<boolean> =>
  (await queries.call(catalogRoutes.showDeletion, { params: { dataset, deletion } })).finishedAt !== null;

/** Runs `work` while a lock is held. */
const whileHeld = async (lock: string, work: () => Promise<void>): Promise<void> => {
  const connection = await locks.reserve();
  await connection`select pg_advisory_lock(hashtextextended(${lock}, 0))`;
  try {
    await work();
  } finally {
    await connection`select pg_advisory_unlock(hashtextextended(${lock}, 0))`;
    connection.release();
  }
};

/** Runs `work` while nobody can change the dataset's raw files in the bucket. */
const whileLocked = (work: () => Promise<void>): Promise<void> => whileHeld(rawNamesLock(dataset), work);

const upload = (label: string) =>
  uploadScan({
    client: uploads,
    dataset,
    files: [{ location: join(directory, image(label)), path: image(label) }],
  });

const findings = async (rule: string): Promise<readonly KeptFinding[]> =>
  (await uploads.call(findingsRoutes.listFindings, { params: { dataset }, query: {} })).items.filter(
    (finding) => finding.rule === rule,
  );

const deleteDataset = () => queries.call(catalogRoutes.deleteDataset, { params: { dataset } });

test("an import that comes while its dataset is being deleted is refused, and one that comes afterwards loses nothing", async () => {
  let deletion = "";
  await whileLocked(async () => {
    deletion = (await deleteDataset()).id;
    await expect(importAll()).rejects.toMatchObject({
      code: "conflict",
      message: `The dataset "${dataset}" is being deleted.`,
    });
  });
  await expect.poll(() => isFinished(deletion), wait).toBe(true);
  const { status } = await importAll();
  expect(status.summary?.files).toMatchObject({ added: paths.length, unchanged: 0 });
  await expect.poll(scansKnown, wait).toBe(labels.length);
  await expect.poll(() => sql`select path from ingest.garbage where dataset = ${dataset}`, wait).toEqual([]);
  expect(await inBucket()).toEqual(paths);
  expect(await lost()).toEqual([]);
});

test("an import that comes while the request of a deletion is being recorded is refused, and not called incomplete", async () => {
  let importing: ReturnType<typeof importAll> | undefined;
  await transaction(sql, async (tx) => {
    await lockInTransaction(tx, deletionLock(dataset));
    await tx`
      insert into catalog.deletions (id, dataset, deleter, requested_at)
      values (gen_random_uuid(), ${dataset}, 'admin', clock_timestamp())`;
    importing = importAll();
    importing.catch(() => {});
    // It waits for the end of this transaction, and so it cannot compare its files with what is going.
    const waiting = () =>
      world.sql`select from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and not granted`;
    await expect.poll(waiting, wait).toHaveLength(1);
  });
  await expect(importing).rejects.toMatchObject({
    code: "conflict",
    message: `The dataset "${dataset}" is being deleted.`,
  });
});

test("an import that waits to be published when its dataset is deleted ends with it", async () => {
  writeFileSync(join(directory, image("04")), "another image of 04");
  let importing: ReturnType<typeof importAll> | undefined;
  let deletion = "";
  await whileLocked(async () => {
    importing = importAll();
    importing.catch(() => {});
    await expect
      .poll(() => sql`select state from ingest.imports where dataset = ${dataset} order by id desc limit 1`, wait)
      .toEqual([{ state: "committing" }]);
    deletion = (await deleteDataset()).id;
  });
  await expect(importing).rejects.toThrow();
  await expect.poll(() => isFinished(deletion), wait).toBe(true);
  await expect.poll(inBucket, wait).toEqual([]);
  expect(await lost()).toEqual([]);
});

test("nothing is called unchanged that a deletion has removed, also when ingest has not received its event", async () => {
  await sql`
    insert into catalog.deletions (id, dataset, deleter, requested_at, finished_at)
    values (gen_random_uuid(), ${dataset}, 'admin', clock_timestamp(), clock_timestamp())`;
  await objects.delete(paths.map((path) => datasetKey(dataset, path)));
  const { status } = await importAll();
  expect(status.summary?.files).toMatchObject({ added: paths.length, unchanged: 0 });
  expect(await inBucket()).toEqual(paths);
});

test("nothing is called unchanged that is not in the bucket, whoever took it away", async () => {
  await objects.delete([image("01"), image("02"), "participants.tsv"].map((path) => datasetKey(dataset, path)));
  await objects.put(datasetKey(dataset, image("03")), Buffer.from("cut"));
  const planned = await importDataset({ client: uploads, directory, dataset, dryRun: true });
  expect(planned.status.summary).toMatchObject({
    files: { added: 0, changed: 4, unchanged: 2 },
    changed: expect.arrayContaining([image("01"), image("02"), image("03"), "participants.tsv"]),
  });
  expect((await upload("01")).summary?.files).toMatchObject({ added: 0, changed: 1 });
  expect((await importAll()).status.summary?.files).toMatchObject({ changed: 3, unchanged: 3 });
  expect((await importAll()).status.summary?.files).toMatchObject({ changed: 0, unchanged: 6 });
  expect(await inBucket()).toEqual(paths);
  expect(await lost()).toEqual([]);
});

test("an upload that the catalog refused is a finding, and the same upload is a change, not unchanged", async () => {
  writeFileSync(join(directory, image("04")), "another scan of 04");
  await whileHeld("outbox ingest", async () => {
    await upload("04");
    // Whatever has a key of the bucket may do so; the catalog compares before it believes.
    await objects.put(datasetKey(dataset, image("04")), Buffer.from("another wreck of 0"));
  });
  await expect
    .poll(() => findings("event-refused"), wait)
    .toEqual([expect.objectContaining({ file: image("04"), message: expect.stringContaining("as announced") })]);
  expect((await upload("04")).summary?.files).toMatchObject({ added: 0, changed: 1, unchanged: 0 });
  await expect.poll(lost, wait).toEqual([]);
  await expect.poll(() => findings("event-refused"), wait).toEqual([]);
  expect((await upload("04")).summary?.files).toMatchObject({ changed: 0, unchanged: 1 });
  await queries.call(catalogRoutes.deleteSubject, { params: { dataset, subject: "04" } });
  expect(await sql`select path from catalog.refused_files where dataset = ${dataset}`).toEqual([]);
});

test("a deletion removes what was there when it was requested, and leaves what lies there since", async () => {
  let deletion = "";
  await whileLocked(async () => {
    deletion = (await deleteDataset()).id;
    await objects.put(datasetKey(dataset, image("01")), Buffer.from("of somebody else"));
    await objects.put(datasetKey(dataset, "derivatives/mask-1/sub-01/m.nii.gz"), Buffer.from("of an analysis"));
    await objects.put(`archive/${dataset}/${"0".repeat(64)}`, Buffer.from("of an analysis"));
    // Ingest, which knows the name, removes what it holds; here only the catalog is looked at.
    await sql`delete from ingest.files where dataset = ${dataset}`;
  });
  await expect.poll(() => isFinished(deletion), wait).toBe(true);
  expect(await inBucket()).toEqual(["derivatives/mask-1/sub-01/m.nii.gz", image("01")]);
  expect(await objects.head(`archive/${dataset}/${"0".repeat(64)}`)).not.toBeNull();
});

test("a deleted subject stays out of imports and uploads until it is restored", async () => {
  const subject = { params: { dataset, subject: "02" } };
  const { id } = await queries.call(catalogRoutes.deleteSubject, subject);
  await expect.poll(() => isFinished(id), wait).toBe(true);
  const again = await importAll();
  expect(again.skipped).toEqual({ "of deleted subjects": 1 });
  // These images have no header, which is a finding of each.
  expect(again.status.findings.filter(({ where }) => !where.endsWith(".nii.gz"))).toEqual([
    {
      where: "sub-02",
      message: `was deleted from this dataset and is kept out (1 file); to take it back run \`rollerblade subject restore ${dataset} sub-02\` and import again`,
    },
    { where: "participants.tsv", message: expect.stringContaining("lines are kept out") },
  ]);
  await expect
    .poll(async () => {
      const { items } = await uploads.call(findingsRoutes.listFindings, { params: { dataset }, query: {} });
      return items.filter(({ file }) => !file.endsWith(".nii.gz")).map(({ file, severity }) => [file, severity]);
    }, wait)
    .toEqual([
      ["participants.tsv", "warning"],
      ["sub-02", "warning"],
    ]);
  expect(await inBucket()).toEqual(paths.filter((path) => path !== image("02")));
  expect(await text(await objects.get(datasetKey(dataset, "participants.tsv")))).not.toContain("sub-02");
  const files = [{ location: join(directory, image("02")), path: image("02") }];
  await expect(uploadScan({ client: uploads, dataset, files })).rejects.toMatchObject({
    code: "conflict",
    findings: [{ where: "sub-02" }],
  });

  await queries.call(catalogRoutes.restoreSubject, subject);
  await expect(queries.call(catalogRoutes.restoreSubject, subject)).rejects.toMatchObject({ code: "not-found" });
  const restored = await importAll();
  expect(restored.skipped).toEqual({});
  expect(await inBucket()).toEqual(paths);
  await expect.poll(scansKnown, wait).toBe(labels.length);
  expect(await lost()).toEqual([]);
});

test("a subject that is being deleted cannot be restored yet, and a dataset that began anew keeps nobody out", async () => {
  const subject = { params: { dataset, subject: "03" } };
  let deletion = "";
  await whileLocked(async () => {
    deletion = (await queries.call(catalogRoutes.deleteSubject, subject)).id;
    await expect(queries.call(catalogRoutes.restoreSubject, subject)).rejects.toMatchObject({ code: "conflict" });
  });
  await expect.poll(() => isFinished(deletion), wait).toBe(true);
  deletion = (await deleteDataset()).id;
  await expect.poll(() => isFinished(deletion), wait).toBe(true);
  rmSync(join(directory, "sub-01"), { recursive: true });
  expect((await importAll()).skipped).toEqual({});
  expect(await inBucket()).toEqual(paths.filter((path) => path !== image("01")));
});
