import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { catalogRoutes, correctionRoutes, findingsRoutes, type RouteInput } from "@rollerblade/client";
import { openObjectStore } from "@rollerblade/object-store";
import { importDataset, uploadScan } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest, catalog], { catalog: { eraseSeconds: 1 } });
const directory = world.copyOfColin("brains");
const admin = world.admin("ingest");
const queries = world.admin("catalog");
const eve = await world.addPerson("eve", "ingest");
const objects = openObjectStore(world.servers.objectsUrl, { publicUrl: "http://127.0.0.1:1", secret: "test" });
afterAll(world.stop);

const dataset = "brains";
const bring = () => importDataset({ client: admin, directory, dataset });
beforeAll(async () => {
  await bring();
  await expectFound("subject.age == 24 && subject.label == '01'", 1);
});

const table = async (path: string, of = dataset): Promise<string> => text(await objects.get(`datasets/${of}/${path}`));
const lineOf = async (path: string, id: string): Promise<string | undefined> =>
  (await table(path)).split("\n").find((line) => line.startsWith(id));
const expectFound = (expression: string, count: number) =>
  vi.waitFor(
    async () => {
      const body = { expression, level: "subject" as const, datasets: [dataset], count: true };
      expect((await queries.call(catalogRoutes.runQuery, { body })).total).toBe(count);
    },
    { timeout: 20_000, interval: 50 },
  );
const set = (body: RouteInput<typeof correctionRoutes.correct>["body"], client = admin) =>
  client.call(correctionRoutes.correct, { params: { dataset }, body });
const history = async (subject?: string) =>
  (await admin.call(correctionRoutes.listCorrections, { params: { dataset }, query: { subject } })).items;
const undo = (correction: string) => admin.call(correctionRoutes.undoCorrection, { params: { dataset, correction } });

test("one cell is set, queries follow, and nothing else of the table changes", async () => {
  const before = await table("participants.tsv");
  const { items, table: changed } = await set({
    ...{ subject: "01", values: { age: "31" }, was: { age: "24" }, reason: "typo" },
  });
  expect(items).toMatchObject([
    { column: "age", before: "24.0", after: "31", file: "participants.tsv", reason: "typo" },
  ]);
  const after = await table("participants.tsv");
  // Whoever waits for the catalog to have read the table compares this hash.
  expect(changed).toEqual({
    path: "participants.tsv",
    sha256: `sha256:${createHash("sha256").update(after).digest("hex")}`,
  });
  expect(after.split("\n").filter((line) => !line.startsWith("sub-01"))).toEqual(
    before.split("\n").filter((line) => !line.startsWith("sub-01")),
  );
  await expectFound("subject.age == 31 && subject.label == '01'", 1);
});

test("the same folder imported again leaves the correction, and a newer source wins", async () => {
  writeFileSync(join(directory, "README"), "again");
  const { status } = await bring();
  expect(await lineOf("participants.tsv", "sub-01")).toMatch(/\t31\b/);
  expect(status.findings).toMatchObject([
    { where: "participants.tsv", message: expect.stringContaining("stays corrected here") },
  ]);
  // Nothing is wrong with the dataset because of it.
  await expect
    .poll(async () => {
      const found = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query: {} });
      return found.items.flatMap(({ rule, severity, file }) => (file === "participants.tsv" ? [[rule, severity]] : []));
    })
    .toEqual([["stays-corrected", "warning"]]);
  const source = join(directory, "participants.tsv");
  const original = readFileSync(source, "utf8");
  writeFileSync(source, original.replace(/^(sub-01\t)24\.0/m, "$133"));
  await bring();
  expect(await lineOf("participants.tsv", "sub-01")).toMatch(/\t33\b/);
  writeFileSync(source, original);
  await bring();
  expect(await lineOf("participants.tsv", "sub-01")).toMatch(/\t31\b/);
});

test("an undone correction is gone, once, and by whoever may add data", async () => {
  const [correction] = await history("01");
  expect(correction).toMatchObject({ after: "31", undoneBy: null, author: "admin" });
  const undone = await undo(correction?.id ?? "");
  expect(undone).toMatchObject({ before: "31", after: "24.0", undoOf: correction?.id });
  expect((await history("01")).map(({ after, undoneBy }) => [after, undoneBy])).toEqual([
    ["24.0", null],
    ["31", undone.id],
  ]);
  await expect(undo(correction?.id ?? "")).rejects.toMatchObject({ code: "conflict" });
  writeFileSync(join(directory, "README"), "and again");
  expect((await bring()).status.findings).toEqual([]);
  await expectFound("subject.age == 24 && subject.label == '01'", 1);
});

test("sessions and phenotypes have cells as well", async () => {
  const { items } = await set({ subject: "03", session: "followup", values: { age: "52 years" } });
  expect(items).toMatchObject([{ file: "sub-03/sub-03_sessions.tsv", after: "52" }]);
  const phenotype = join(world.scratch, "bdi.tsv");
  writeFileSync(phenotype, "participant_id\tbdi_total\nsub-01\t3\nsub-02\t4\n");
  await uploadScan({ client: admin, dataset, files: [{ location: phenotype, path: "phenotype/bdi.tsv" }] });
  await set({ subject: "02", phenotype: "bdi", values: { bdi_total: "14" } });
  expect(await table("phenotype/bdi.tsv")).toBe("participant_id\tbdi_total\nsub-01\t3\nsub-02\t14\n");
  await expectFound("subject.phenotype.bdi.bdi_total == 14", 1);
});

test("the table of a batch keeps the people whom it does not list", async () => {
  const before = (await table("participants.tsv")).split("\n").filter((line) => line !== "");
  const batch = join(world.scratch, "batch");
  mkdirSync(batch);
  cpSync(join(directory, "dataset_description.json"), join(batch, "dataset_description.json"));
  writeFileSync(join(batch, "participants.tsv"), "participant_id\tage\nsub-01\t24.0\n");
  const { status } = await importDataset({ client: admin, directory: batch, dataset });
  expect(status.findings).toMatchObject([
    {
      where: "participants.tsv",
      message: expect.stringMatching(/^keeps 7 rows that the source does not have: sub-02/),
    },
  ]);
  // What is meant is no error of the dataset.
  await expect
    .poll(async () => {
      const found = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query: {} });
      return found.items
        .filter(({ message }) => message.startsWith("keeps "))
        .map(({ rule, severity }) => [rule, severity]);
    })
    .toEqual([["differs-from-source", "warning"]]);
  const after = (await table("participants.tsv")).split("\n").filter((line) => line !== "");
  expect(after.map((line) => line.split("\t")[0]).sort()).toEqual(before.map((line) => line.split("\t")[0]).sort());
  expect(after.filter((line) => !line.startsWith("sub-01")).sort()).toEqual(
    before.filter((line) => !line.startsWith("sub-01")).sort(),
  );
  await bring();
});

test("a table keeps the rows of others after a subject was deleted, and of people without images", async () => {
  const other = "cohort";
  const importTable = async (folder: string, people: Readonly<Record<string, number>>, images: readonly string[]) => {
    const source = join(world.scratch, folder);
    mkdirSync(source);
    cpSync(join(directory, "dataset_description.json"), join(source, "dataset_description.json"));
    const lines = Object.entries(people).map(([label, age]) => `sub-${label}\t${age}\n`);
    writeFileSync(join(source, "participants.tsv"), `participant_id\tage\n${lines.join("")}`);
    for (const label of images) {
      mkdirSync(join(source, `sub-${label}/anat`), { recursive: true });
      writeFileSync(join(source, `sub-${label}/anat/sub-${label}_T1w.nii.gz`), folder);
    }
    await importDataset({ client: admin, directory: source, dataset: other });
  };
  const rows = async () => (await table("participants.tsv", other)).trim().split("\n").slice(1).sort();
  await importTable("first", { "01": 30, "02": 40, "03": 50 }, ["01", "02"]);
  const params = { dataset: other, subject: "01" };
  await vi.waitFor(() => queries.call(catalogRoutes.deleteSubject, { params }), { timeout: 60_000, interval: 50 });
  await expect.poll(rows, { timeout: 60_000 }).toEqual(["sub-02\t40", "sub-03\t50"]);
  await importTable("second", { "01": 30, "11": 60 }, ["01", "11"]);
  expect(await rows()).toEqual(["sub-02\t40", "sub-03\t50", "sub-11\t60"]);
});

test("cells that are set at once do not overwrite each other", async () => {
  await Promise.all(["04", "05", "06"].map((subject) => set({ subject, values: { group: "patient" } })));
  const groups = await Promise.all(["04", "05", "06"].map((label) => lineOf("participants.tsv", `sub-${label}`)));
  expect(groups.map((line) => line?.split("\t").at(-1))).toEqual(["patient", "patient", "patient"]);
});

test.each([
  [{ values: { agee: "31" } }, "invalid", 'participants.tsv has no column "agee"; did you mean "age"?'],
  [{ values: { age: "thirty" } }, "invalid", '"thirty" is not a number'],
  [{ values: { age: "310" } }, "invalid", "310 years is not the age of a person"],
  [{ values: { sex: "Q" } }, "invalid", '"Q" as sex, which is not a valid value'],
  [
    { values: { age: "40" }, was: { age: "12" } },
    "conflict",
    "the age of sub-01 in participants.tsv is now 24.0, not 12",
  ],
  [{ values: { age: "40" }, was: { sex: "F" } }, "invalid", '"sex", which is not among the values to set'],
  [{ subject: "99", values: { age: "40" } }, "not-found", 'There is no sub-99 in the dataset "brains"'],
  [{ session: "third", values: { age: "40" } }, "not-found", "There is no ses-third of sub-01"],
  [{ phenotype: "nihtb", values: { score: "40" } }, "not-found", "has no phenotype/nihtb.tsv"],
  [{ values: { participant_id: "sub-02" } }, "invalid", "names its rows by participant_id, which stays"],
  [{ values: { age: "31\t32" } }, "invalid", "one line without tabs"],
] as const)("%j is refused", async (body, code, message) => {
  const before = await table("participants.tsv");
  await expect(set({ subject: "01", ...body })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
  expect(await table("participants.tsv")).toBe(before);
});

test("who may not add to the dataset sets nothing and sees nothing", async () => {
  await expect(set({ subject: "01", values: { age: "40" } }, eve)).rejects.toMatchObject({ code: "not-found" });
  await expect(eve.call(correctionRoutes.listCorrections, { params: { dataset }, query: {} })).rejects.toMatchObject({
    code: "not-found",
  });
});

test("the history of a deleted person is erased, and no import brings the cells back", async () => {
  await set({ subject: "02", values: { site: "Jena" }, addColumns: true });
  await queries.call(catalogRoutes.deleteSubject, { params: { dataset, subject: "02" } });
  await vi.waitFor(async () => expect(await history("02")).toEqual([]), { timeout: 30_000, interval: 100 });
  writeFileSync(join(directory, "README"), "without 02");
  await bring();
  expect(await lineOf("participants.tsv", "sub-02")).toBeUndefined();
});
