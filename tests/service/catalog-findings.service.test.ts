import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import {
  accountsRoutes,
  catalogRoutes,
  findingsRoutes,
  type KeptFinding,
  noImport,
  readAll,
} from "@rollerblade/client";
import { publish } from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { colin, startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest, catalog]);
afterAll(world.stop);
const [people, importer, asker] = [world.admin("accounts"), world.admin("ingest"), world.admin("catalog")];
const vic = await world.addPerson("vic", "ingest");
await people.call(accountsRoutes.createUser, { body: { name: "ada" } });
const soon = { timeout: 60_000, interval: 100 };

const grant = (dataset: string, grantee: string, role: "viewer" | "contributor") =>
  people.call(accountsRoutes.giveGrant, {
    params: { kind: "dataset", resource: dataset, grantee },
    body: { role },
  });

/** All findings of a dataset, read in pages of one. */
const findingsOf = (dataset: string, client = importer): Promise<KeptFinding[]> =>
  readAll((after) => client.call(findingsRoutes.listFindings, { params: { dataset }, query: { limit: 1, after } }));

const t1w = (subject: string): string => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;
const image = readFileSync(join(colin, "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz"));
const subjects = ["01", "02", "03"];

const write = (dataset: string, path: string, content: string | Buffer): void => {
  const file = join(world.scratch, dataset, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};

const importFolder = async (dataset: string): Promise<string> => {
  const { status } = await importDataset({ client: importer, directory: join(world.scratch, dataset), dataset });
  return status.id;
};

/** Paths and metadata of the scans that the catalog knows. */
const scansOf = async (dataset: string) => {
  const { items } = await asker.call(catalogRoutes.listScans, { query: { dataset } });
  return items.map(({ path, metadata }) => ({ path, metadata }));
};

test("metadata that are too large to be searched are a finding of each scan until the sidecar is shortened", async () => {
  const dataset = "numbers";
  write(dataset, "dataset_description.json", '{"Name": "numbers", "BIDSVersion": "1.11.1"}');
  const numbers = Array.from({ length: 75_000 }, (_, index) => index % 10);
  write(dataset, "T1w.json", JSON.stringify({ Numbers: numbers, EchoTime: 0.03 }));
  for (const subject of subjects) write(dataset, t1w(subject), image);
  const id = await importFolder(dataset);
  await expect
    .poll(() => scansOf(dataset), soon)
    .toEqual(subjects.map((subject) => ({ path: t1w(subject), metadata: { EchoTime: 0.03 } })));

  expect(await findingsOf(dataset)).toEqual(
    subjects.map((subject) => ({
      severity: "warning",
      rule: "not-searchable",
      file: t1w(subject),
      message: "the metadata Numbers are too large to be searched and stay in the file only",
      advice: expect.stringContaining("Queries cannot ask for the value"),
      section: "",
      foundBy: id,
      foundAt: expect.any(String),
      ...{ fixedBy: null, fixedAt: null, mendedBy: null, mendedAt: null },
    })),
  );
  const list = (query: { severity?: "error" | "warning"; rule?: string; import?: string }) =>
    importer.call(findingsRoutes.listFindings, { params: { dataset }, query });
  expect(await list({})).toMatchObject({ errors: 0, warnings: 3, next: null });
  expect((await list({ severity: "error" })).items).toEqual([]);
  expect((await list({ rule: "not-searchable" })).items).toHaveLength(3);
  expect((await list({ import: id })).items).toEqual([]);

  await expect(findingsOf(dataset, vic)).rejects.toThrow("no dataset");
  await grant(dataset, "vic", "viewer");
  await expect.poll(() => findingsOf(dataset, vic).catch(() => []), soon).toHaveLength(3);

  write(dataset, "T1w.json", JSON.stringify({ Numbers: numbers.slice(0, 10), EchoTime: 0.03 }));
  await importFolder(dataset);
  await expect.poll(() => findingsOf(dataset), soon).toEqual([]);
});

const objects = openObjectStore(world.settings.objects, {
  publicUrl: world.settings.publicUrl,
  secret: world.settings.linkSecret,
});
const sha256Of = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const origin = { url: world.servers.natsUrl, source: "ada" };

/** Puts an object, and returns what is announced of it. */
const put = async (dataset: string, path: string, role: string, content: Buffer, announced = content) => {
  await objects.put(datasetKey(dataset, path), content);
  return { path, role, size: BigInt(announced.length), sha256: sha256Of(announced) };
};

/** Images of different content. */
const imageWith = (text: string): Buffer => Buffer.concat([image, Buffer.from(text)]);

/** Announces a scan whose object has this content, as an upload service of another team would. */
const announce = async (dataset: string, batch: string, subject: string, content: string, announced = content) => {
  const path = t1w(subject);
  const file = await put(dataset, path, "image", imageWith(content), imageWith(announced));
  await publish("scan.uploaded", { dataset, path, files: [file], uploader: "ada", batch }, origin);
};

test("an event that was refused is a finding until its path is accepted, and is forgotten with its subject", async () => {
  const dataset = "announced";
  await people.call(accountsRoutes.claimResource, { params: { kind: "dataset", name: dataset } });
  await grant(dataset, "ada", "contributor");
  await announce(dataset, "b1", "01", "bytes of 01");
  await announce(dataset, "b1", "02", "bytes of 02", "other of 02");
  await announce(dataset, "b1", "03", "bytes of 03", "other of 03");
  await expect.poll(() => findingsOf(dataset).catch(() => []), soon).toHaveLength(2);
  expect(await findingsOf(dataset)).toEqual(
    ["02", "03"].map((subject) =>
      expect.objectContaining({
        severity: "error",
        rule: "event-refused",
        file: t1w(subject),
        message: expect.stringContaining(t1w(subject)),
        foundBy: noImport,
      }),
    ),
  );
  await announce(dataset, "b2", "02", "bytes of 02");
  await expect.poll(async () => (await findingsOf(dataset)).map(({ file }) => file), soon).toEqual([t1w("03")]);

  // Only a subject of which the catalog knows a file can be deleted.
  await announce(dataset, "b2", "03", "bytes of 03");
  await expect.poll(() => findingsOf(dataset), soon).toEqual([]);
  await announce(dataset, "b3", "03", "newer bytes of 03", "newest bytes of 03");
  await expect.poll(() => findingsOf(dataset), soon).toHaveLength(1);
  await asker.call(catalogRoutes.deleteSubject, { params: { dataset, subject: "03" } });
  expect(await findingsOf(dataset)).toEqual([]);
  const named = await world.sql`
    select from catalog.batch_refusals where position('sub-03' in path || reason) > 0`;
  expect(named).toHaveLength(0);
});

test("what cannot be read of files that nobody else has judged is a finding until it is written anew", async () => {
  const dataset = "unread";
  await people.call(accountsRoutes.claimResource, { params: { kind: "dataset", name: dataset } });
  await grant(dataset, "ada", "contributor");
  const publishFiles = async (contents: Readonly<Record<string, string>>) => {
    const files = await Promise.all(
      Object.entries(contents).map(([path, content]) => put(dataset, path, "sidecar", Buffer.from(content))),
    );
    await publish("metadata.uploaded", { dataset, files, removed: [], uploader: "ada" }, origin);
  };
  const scan = await put(dataset, t1w("01"), "image", Buffer.from("no image at all"));
  await publish("scan.uploaded", { dataset, path: scan.path, files: [scan], uploader: "ada" }, origin);
  await publishFiles({
    "T1w.json": '{"EchoTime": 0.03, "RepetitionTime": 2, "EchoTime": 0.04}',
    "task-rest_bold.json": '{"TaskName": ',
    "participants.tsv": "participant_id\tage\nsub-01\t30\nsub-01\t31\n",
  });
  await expect
    .poll(
      async () => (await findingsOf(dataset).catch(() => [])).map((found) => [found.file, found.rule, found.severity]),
      soon,
    )
    .toEqual([
      ["participants.tsv", "bad-table", "error"],
      [t1w("01"), "bad-image", "error"],
      ["task-rest_bold.json", "bad-json", "error"],
      ["T1w.json", "duplicate-key", "warning"],
    ]);
  expect((await findingsOf(dataset)).map(({ message, advice }) => [message, advice !== ""])).toEqual([
    ["line 3: sub-01 appears twice; the first row is used", true],
    [expect.stringContaining(""), true],
    [expect.stringContaining("is not JSON"), true],
    ['has the key "EchoTime" twice; the last value counts', true],
  ]);
  await publishFiles({
    "T1w.json": '{"EchoTime": 0.03}',
    "task-rest_bold.json": '{"TaskName": "rest"}',
    "participants.tsv": "participant_id\tage\nsub-01\t30\n",
  });
  await expect.poll(async () => (await findingsOf(dataset)).map(({ file }) => file), soon).toEqual([t1w("01")]);
  await announce(dataset, "b1", "01", "bytes of 01");
  await expect.poll(() => findingsOf(dataset), soon).toEqual([]);
});

test("a scan that inherits from several sidecars of one level is a finding that names them", async () => {
  const dataset = "ambiguous";
  write(dataset, "dataset_description.json", '{"Name": "ambiguous", "BIDSVersion": "1.11.1"}');
  write(dataset, "acq-a_T1w.json", '{"EchoTime": 0.03}');
  write(dataset, "run-1_T1w.json", '{"EchoTime": 0.04}');
  const path = "sub-01/anat/sub-01_acq-a_run-1_T1w.nii.gz";
  write(dataset, path, image);
  await importFolder(dataset);
  await expect
    .poll(() => findingsOf(dataset), soon)
    .toMatchObject([
      {
        severity: "warning",
        rule: "several-sidecars",
        file: path,
        message: "inherits from several files of one level: acq-a_T1w.json, run-1_T1w.json",
      },
    ]);
});
