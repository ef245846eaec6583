import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { catalogRoutes, findingsRoutes } from "@rollerblade/client";
import { importDataset, reportDataset } from "@rollerblade/transfer";
import { afterAll, expect, test } from "vitest";
import { nestedDatasets } from "../../libs/cli/src/dataset/nested-datasets.ts";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest, catalog], { catalog: { fieldSeconds: 1 } });
afterAll(world.stop);
const { sql, scratch } = world;
const [importer, asker] = [world.admin("ingest"), world.admin("catalog")];
const soon = { timeout: 60_000, interval: 100 };

const write = (directory: string, files: Readonly<Record<string, string | Buffer>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, directory, path)), { recursive: true });
    writeFileSync(join(scratch, directory, path), content);
  }
};

/** A NIfTI-1 header of an image of 8-bit numbers: what it says of its voxels, and nothing behind it. */
const header = (voxels: number): Buffer => {
  const bytes = Buffer.alloc(352);
  bytes.writeInt32LE(348, 0);
  for (const [index, size] of [3, voxels, voxels, voxels, 1, 1, 1, 1].entries())
    bytes.writeInt16LE(size, 40 + 2 * index);
  bytes.writeInt16LE(2, 70);
  bytes.writeInt16LE(8, 72);
  for (const [index, size] of [1, 0.8, 0.8, 1.2].entries()) bytes.writeFloatLE(size, 76 + 4 * index);
  bytes.writeFloatLE(352, 108);
  bytes.writeUInt8(2, 123);
  bytes.write("n+1\0", 344, "latin1");
  return bytes;
};
const image = (voxels: number): Buffer => Buffer.concat([header(voxels), Buffer.alloc(voxels ** 3)]);

/** Imports a folder and waits until the catalog has seen all of it. */
const into = async (dataset: string, directory = dataset, inPlace = false, mode: "add" | "mirror" = "add") => {
  const from = { directory: directory.startsWith("/") ? directory : join(scratch, directory), dataset };
  const { status } = await importDataset({ client: importer, ...from, inPlace, mode });
  await expect
    .poll(() => sql`select indexed_at is null as open from catalog.batches where id = ${status.id}`, soon)
    .not.toContainEqual({ open: true });
  await expect
    .poll(
      async () => (await sql`select from ingest.outbox o where o.published_at is null`.catch(() => [])).length,
      soon,
    )
    .toBe(0);
  return { ...from, id: status.id, status };
};

const found = async (expression: string): Promise<string[]> => {
  const body = { expression, level: "scan", limit: 100 } as const;
  const { items } = await asker.call(catalogRoutes.runQuery, { body });
  return items.map(({ slice }) => slice.scan ?? "").sort();
};

const t1w = (subject: string, session: string): string =>
  `sub-${subject}/ses-${session}/anat/sub-${subject}_ses-${session}_T1w.nii`;

test("what tables and their dictionaries say is found, and typed, and explained", async () => {
  write("tables", {
    "dataset_description.json": '{"Name": "tables", "BIDSVersion": "1.11.1"}',
    "participants.tsv": "participant_id\tage\thanded (L/R)\nsub-01\t20\tL\nsub-02\t89+\tR\n",
    "participants.json": '{"age": {"Units": "year"}, "handed (L/R)": {"Levels": {"L": "left", "R": "right"}}}',
    "phenotype/bdi.tsv": "participant_id\ttotal\nsub-01\t7\nsub-02\t30\n",
    "phenotype/bdi.json": '{"total": {"Description": "Sum of all answers", "Units": "points"}}',
    "sub-01/sub-01_sessions.tsv": "session_id\tage\nses-a\t21\nses-b\t23\n",
    "sub-01/ses-a/sub-01_ses-a_scans.tsv": "filename\tquality\nanat/sub-01_ses-a_T1w.nii\tgood\n",
    "T1w.json": '{"EchoTime": 0.003}',
    [t1w("01", "a")]: image(4),
    [t1w("01", "b")]: image(5),
    [t1w("02", "a")]: image(6),
  });
  await into("tables");
  await expect.poll(() => found("true"), soon).toHaveLength(3);
  expect(await found("session.age == 21")).toEqual([t1w("01", "a")]);
  expect(await found("subject.age == 89")).toEqual([t1w("02", "a")]);
  expect(await found('subject["handed (L/R)"] == "R"')).toEqual([t1w("02", "a")]);
  expect(await found('scan.quality == "good"')).toEqual([t1w("01", "a")]);
  expect(await found("subject.phenotype.bdi.total > 10")).toEqual([t1w("02", "a")]);
  expect(await found("image.dims[0] == 5 && image.voxelSize[2] > 1.1")).toEqual([t1w("01", "b")]);
  const fields = async () => (await asker.call(catalogRoutes.listFields, { query: { dataset: "tables" } })).items;
  await expect
    .poll(async () => (await fields()).find(({ name }) => name === "subject.phenotype.bdi.total"), soon)
    .toMatchObject({
      types: ["number"],
      units: "points",
      description: "Sum of all answers",
      count: 2,
      low: 7,
      high: 30,
    });
  expect((await fields()).find(({ name }) => name.includes("handed"))).toMatchObject({
    levels: { L: "left", R: "right" },
  });
  const { items } = await asker.call(catalogRoutes.listScans, { query: { dataset: "tables" } });
  expect(items[0]).toMatchObject({ image: { dims: [4, 4, 4] }, scanAttributes: { quality: "good" } });
});

test("a changed table, dictionary and sidecar change what depends on them, and what is gone is gone", async () => {
  await sql`delete from catalog.outbox`;
  write("tables", {
    "phenotype/bdi.tsv": "participant_id\ttotal\nsub-01\t7\nsub-02\t31\n",
    "sub-01/ses-a/sub-01_ses-a_scans.tsv": "filename\tquality\nanat/sub-01_ses-a_T1w.nii\tbad\n",
    "participants.json": '{"age": {"Units": "month"}}',
  });
  await into("tables");
  await expect.poll(() => found('scan.quality == "bad"'), soon).toEqual([t1w("01", "a")]);
  await expect.poll(() => found("subject.phenotype.bdi.total == 31"), soon).toEqual([t1w("02", "a")]);
  const emitted =
    await sql`select topic, count(*)::int as count from catalog.outbox where topic like 'scan.%' or topic like 'meta%' group by 1`;
  // Of the phenotype, of the scans, and of the dictionary, by whose units ages become others.
  expect([...emitted]).toEqual([{ topic: "metadata.changed", count: 3 }]);
  const { items } = await asker.call(catalogRoutes.listFields, { query: { dataset: "tables", prefix: "subject.age" } });
  expect(items[0]).toMatchObject({ units: "month" });
  write("tables", { "T1w.json": '{"EchoTime": 0.004}' });
  rmSync(join(scratch, "tables/phenotype"), { recursive: true });
  rmSync(join(scratch, "tables", t1w("01", "b")));
  const { status } = await into("tables", "tables", false, "mirror");
  expect(status.summary?.gone).toContain(t1w("01", "b"));
  await expect.poll(() => found("metadata.EchoTime == 0.004"), soon).toEqual([t1w("01", "a"), t1w("02", "a")]);
  await expect
    .poll(() => sql`select from catalog.subjects where dataset = 'tables' and phenotype <> '{}'`, soon)
    .toEqual([]);
});

test("datasets in derivatives/ are derived from the one around them, and found by their pipeline", async () => {
  const base = "sub-01/ses-a/anat/sub-01_ses-a";
  write("tables/derivatives/fmriprep", {
    "dataset_description.json":
      '{"Name": "p", "BIDSVersion": "1.11.1", "DatasetType": "derivative", "GeneratedBy": [{"Name": "fMRIPrep", "Version": "23.1.3"}]}',
    [`${base}_desc-preproc_T1w.nii`]: image(4),
  });
  const [nested, ...others] = await nestedDatasets(join(scratch, "tables"), "tables");
  expect([nested?.dataset, others]).toEqual(["tables-fmriprep", []]);
  await into("tables-fmriprep", join(scratch, "tables/derivatives/fmriprep"));
  await expect.poll(() => found('dataset.name == "tables-fmriprep"'), soon).toHaveLength(1);
  const params = { dataset: "tables-fmriprep" };
  await asker.call(catalogRoutes.setSource, { params, body: { source: "tables" } });
  const raw = 'dataset.name == "tables" && ';
  expect(await found(`${raw}has.derivative("fmriprep")`)).toEqual([t1w("01", "a")]);
  expect(await found(`${raw}has.derivative("fmriprep@23.1")`)).toEqual([t1w("01", "a")]);
  expect(await found(`${raw}!has.derivative("fmriprep")`)).toEqual([t1w("02", "a")]);
  expect(await found(`${raw}has.derivative("mriqc")`)).toEqual([]);
  const eve = await world.addPerson("eve", "catalog");
  await expect(eve.call(catalogRoutes.setSource, { params, body: { source: null } })).rejects.toThrow("no dataset");
});

test("hostile files are a finding each, take little memory, and the rest is known", { timeout: 180_000 }, async () => {
  write("hostile", {
    "dataset_description.json": '{"Name": "hostile", "BIDSVersion": "1.11.1"}',
    README: "Hostile.",
    "participants.tsv": `participant_id\t${Array.from({ length: 100_000 }, (_, at) => `c${at}`).join("\t")}\nsub-01\n`,
    "sub-01/anat/sub-01_T1w.nii": image(4),
    "sub-01/anat/sub-01_T1w.json": '{"__proto__": {"polluted": true}, "constructor": 1, "EchoTime": 0.1}',
    "sub-02/anat/sub-02_T1w.nii": Buffer.concat([header(2_000), Buffer.alloc(10)]),
    "sub-02/anat/sub-02_T1w.json": "{}",
    "sub-03/anat/sub-03_T1w.nii": image(4),
    "sub-03/anat/sub-03_日本語.nii": "",
    "sub-03/sub-03_scans.tsv": "filename\tx\n../../../etc/passwd\t1\nanat/sub-03_T1w.nii\t2\n",
  });
  truncateSync(join(scratch, "hostile/sub-02/anat/sub-02_T1w.json"), 2 ** 30);
  const before = process.resourceUsage().maxRSS;
  const from = await into("hostile", "hostile", true);
  await reportDataset(importer, from);
  // KiB; the file alone has 1 GiB.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(700 * 1024);
  await expect.poll(() => found('dataset.name == "hostile"'), soon).toHaveLength(3);
  expect(await found('dataset.name == "hostile" && metadata.EchoTime == 0.1')).toHaveLength(1);
  expect(await found('dataset.name == "hostile" && scan.x == 2')).toHaveLength(1);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  const query = { limit: 1_000 };
  const { items, complete } = await importer.call(findingsRoutes.listFindings, {
    params: { dataset: "hostile" },
    query,
  });
  expect(complete).toBe(true);
  expect(items.map(({ file }) => file)).toEqual(
    expect.arrayContaining([
      "participants.tsv",
      "sub-02/anat/sub-02_T1w.nii",
      "sub-02/anat/sub-02_T1w.json",
      "sub-03/anat/sub-03_日本語.nii",
    ]),
  );
});

const people = (separator: string, column = "participant_id", quote = ""): string =>
  [column, "sub-01", "sub-02"]
    .map((id) => [id, id === column ? "initials" : `OF-${id}`].map((cell) => `${quote}${cell}${quote}`).join(separator))
    .join("\n")
    .concat("\n");

/** Paths of all files of what a query finds. */
const pathsOf = async (expression: string, level: "scan" | "session" | "subject" | "dataset"): Promise<string[]> => {
  const paths: string[] = [];
  for (let after: string | undefined; ; ) {
    const body = { expression, level, limit: 100, derivatives: false, ...(after && { after }) };
    const page = await asker.call(catalogRoutes.queryFiles, { body });
    paths.push(...page.items.map(({ path }) => path));
    if (page.next === null) return paths;
    after = page.next;
  }
};

test("tables in which nobody can tell whose rows they are are in no part, and a subject is not deleted beside them", async () => {
  const tables = {
    "participants.tsv": people("\t", "participants_id"),
    "phenotype/capitals.tsv": people("\t", "Participant_ID"),
    "phenotype/commas.tsv": people(","),
    "phenotype/headless.tsv": people("\t").split("\n").slice(1).join("\n"),
    "phenotype/quoted.tsv": people("\t", "participant_id", '"'),
    "phenotype/semicolons.tsv": people(";"),
    "phenotype/utf16.tsv": Buffer.from(`\ufeff${people("\t")}`, "utf16le"),
  };
  write("odd-tables", {
    "dataset_description.json": '{"Name": "odd tables", "BIDSVersion": "1.11.1"}',
    ...tables,
    "phenotype/good.tsv": people("\t"),
    [t1w("01", "a")]: image(4),
    [t1w("02", "a")]: image(5),
  });
  await into("odd-tables");
  await expect.poll(() => found('dataset.name == "odd-tables"'), soon).toHaveLength(2);
  const paths = await pathsOf('dataset.name == "odd-tables" && subject.label == "02"', "scan");
  expect(paths.filter((path) => path.endsWith(".tsv"))).toEqual(["phenotype/good.tsv"]);
  const subject = { params: { dataset: "odd-tables", subject: "01" } };
  const refused = await asker.call(catalogRoutes.deleteSubject, subject).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "conflict",
    findings: Object.keys(tables).map((where) => ({ where })),
  });
  expect(await found('dataset.name == "odd-tables"')).toHaveLength(2);
});

test("what lies in a subject's folder and goes with no scan is in the part of the subject, and of nobody else", async () => {
  const alone = (subject: string) => ({
    session: [
      `sub-${subject}/ses-a/beh/sub-${subject}_ses-a_task-rest_events.json`,
      `sub-${subject}/ses-a/beh/sub-${subject}_ses-a_task-rest_events.tsv`,
      `sub-${subject}/ses-a/dwi/sub-${subject}_ses-a_dwi.bvec`,
      `sub-${subject}/ses-a/func/sub-${subject}_ses-a_task-rest_bold.json`,
    ],
    subject: [
      `sub-${subject}/ses-b/beh/sub-${subject}_ses-b_task-rest_events.tsv`,
      `sub-${subject}/sub-${subject}_task-rest_bold.json`,
    ],
  });
  const contentOf = (path: string) => [path, path.endsWith(".json") ? "{}" : "onset\tduration\n1\t1\n"] as const;
  write("alone", {
    "dataset_description.json": '{"Name": "alone", "BIDSVersion": "1.11.1"}',
    ...Object.fromEntries(["01", "02", "03"].flatMap((label) => Object.values(alone(label)).flat().map(contentOf))),
    [t1w("01", "a")]: image(4),
    [t1w("02", "a")]: image(5),
  });
  await into("alone");
  await expect.poll(() => found('dataset.name == "alone"'), soon).toHaveLength(2);
  const partOf = async (level: "scan" | "session" | "subject" | "dataset", subject = "") => {
    const paths = await pathsOf(
      `dataset.name == "alone" && (subject.label == "${subject}" || "${subject}" == "")`,
      level,
    );
    return paths.filter((path) => path.startsWith("sub-")).sort();
  };
  const one = alone("01");
  expect(await partOf("scan", "01")).toEqual([t1w("01", "a")]);
  expect(await partOf("session", "01")).toEqual([t1w("01", "a"), ...one.session].sort());
  expect(await partOf("subject", "01")).toEqual([t1w("01", "a"), ...one.session, ...one.subject].sort());
  const both = ["01", "02"].flatMap((label) => [t1w(label, "a"), ...alone(label).session, ...alone(label).subject]);
  expect(await partOf("dataset")).toEqual(both.sort());
});

test("a derivative's sidecar whose data file is a pipeline's own is in the part of its subject", async () => {
  const sidecar = "sub-01/func/sub-01_task-rest_desc-own_timeseries.json";
  const image1 = "sub-01/func/sub-01_task-rest_space-MNI152NLin2009cAsym_desc-preproc_bold.nii";
  const description = {
    Name: "pipe",
    BIDSVersion: "1.11.1",
    DatasetType: "derivative",
    GeneratedBy: [{ Name: "pipe" }],
  };
  write("alone-derived", {
    "dataset_description.json": JSON.stringify(description),
    [sidecar]: "{}",
    [image1]: image(4),
  });
  await into("alone-derived");
  await expect.poll(() => found('dataset.name == "alone-derived"'), soon).toHaveLength(1);
  const paths = await pathsOf('dataset.name == "alone-derived"', "subject");
  expect(paths.filter((path) => path.startsWith("sub-")).sort()).toEqual([sidecar, image1].sort());
});

test("a deletion stops at what .bidsignore names and speaks of the subject, or may", async () => {
  write("ignored-people", {
    "dataset_description.json": '{"Name": "ignored people", "BIDSVersion": "1.11.1"}',
    ".bidsignore": "extra/\n",
    "extra/scores.csv": "ID;score\nsub-02;7\n",
    "extra/good.tsv": "participant_id\tscore\nsub-02\t7\n",
    "extra/01.tsv": "participant_id\tscore\n01\t7\n",
    "extra/notes.md": "sub-01 moved; see sub-011.",
    "extra/others.md": "sub-011 and sub-02 did not.",
    "extra/plus.md": "sub-0+3 stayed.",
    [t1w("0+3", "a")]: image(6),
    [t1w("01", "a")]: image(4),
    [t1w("02", "a")]: image(5),
  });
  await into("ignored-people");
  await expect.poll(() => found('dataset.name == "ignored-people"'), soon).toHaveLength(3);
  const subject = { params: { dataset: "ignored-people", subject: "01" } };
  const refused = await asker.call(catalogRoutes.deleteSubject, subject).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "conflict",
    findings: ["extra/01.tsv", "extra/notes.md", "extra/scores.csv"].map((where) => ({ where })),
  });
  const plus = { params: { dataset: "ignored-people", subject: "0+3" } };
  expect(await asker.call(catalogRoutes.deleteSubject, plus).catch((error: unknown) => error)).toMatchObject({
    findings: ["extra/plus.md", "extra/scores.csv"].map((where) => ({ where })),
  });
});

const contentsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path, "base64")]),
  );

test("an import keeps every byte and lists it for export, of ignored files and of folders that count as one file too; absent content is reported", async () => {
  const kept = {
    "dataset_description.json": '{"Name": "round", "BIDSVersion": "1.11.1"}',
    ".bidsignore": "*_roi.nii\nct/\n",
    [t1w("01", "a")]: image(4),
    "sub-01/ses-a/anat/sub-01_ses-a_label-lesion_roi.nii": image(4),
    "ct/sub-01.json": "no JSON at all",
    "sub-01/ses-a/micr/sub-01_ses-a_sample-A_SPIM.ome.zarr/.zattrs": "{}",
    "sub-01/ses-a/micr/sub-01_ses-a_sample-A_SPIM.ome.zarr/.hidden/0": "x",
    "sub-01/ses-a/micr/sub-01_ses-a_sample-A_SPIM.ome.zarr/0/.zarray": "{}",
  };
  write("round", kept);
  const before = contentsOf(join(scratch, "round"));
  const [pointer, dangling] = [t1w("02", "a"), t1w("03", "a")];
  write("round", { [pointer]: "/annex/objects/MD5E-s1048576--0123456789abcdef0123456789abcdef.nii\n" });
  mkdirSync(join(scratch, "round", dirname(dangling)), { recursive: true });
  symlinkSync("../../../.git/annex/objects/gone", join(scratch, "round", dangling));
  const { status } = await into("round");
  const remedy = expect.stringContaining("(fetch its content first, for example with `datalad get`)");
  expect(status.findings).toEqual(
    expect.arrayContaining([
      { where: pointer, message: remedy },
      { where: dangling, message: remedy },
    ]),
  );
  await expect.poll(() => found('dataset.name == "round"'), soon).toHaveLength(2);
  expect(contentsOf(join(fileURLToPath(world.servers.objectsUrl), "datasets/round"))).toEqual(before);
  const listed = await sql<{ path: string }[]>`select path from catalog.files where dataset = 'round'`;
  expect(listed.map(({ path }) => path).toSorted()).toEqual(Object.keys(before).toSorted());
});
