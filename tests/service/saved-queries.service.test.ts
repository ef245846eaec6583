import { accountsRoutes, catalogRoutes, type HttpClient, readAll } from "@rollerblade/client";
import { openObjectStore } from "@rollerblade/object-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { type AnnouncedFile, announce } from "./announce.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([catalog], { catalog: { fieldSeconds: 0.2, sweepSeconds: 1 } });
const { sql, servers, settings } = world;
const people = world.admin("accounts");
const soon = { timeout: 30_000, interval: 100 };

const clients = new Map<string, HttpClient>();

const as = (name: string): HttpClient => {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`There is no ${name}.`);
  return client;
};

const grant = (
  kind: "dataset" | "query",
  resource: string,
  grantee: string,
  role: "viewer" | "admin" | "contributor",
) => people.call(accountsRoutes.giveGrant, { params: { kind, resource, grantee }, body: { role } });

const announced = announce(
  servers.natsUrl,
  openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret }),
);
const image = (subject: string): string => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;
const upload = async (dataset: string, subject: string, content = `head of ${subject}`): Promise<AnnouncedFile[]> =>
  announced.scan(dataset, image(subject), content, { EchoTime: 0.003 });

const count = async (expression: string, who = "ada", level: "scan" | "file" = "scan"): Promise<number> =>
  (await as(who).call(catalogRoutes.runQuery, { body: { expression, level } })).items.length;

beforeAll(async () => {
  for (const name of ["ada", "vic", "eve"]) clients.set(name, await world.addPerson(name, "catalog"));
  for (const name of ["open", "secret"]) {
    await people.call(accountsRoutes.claimResource, { params: { kind: "dataset", name } });
    await grant("dataset", name, "ada", "admin");
  }
  await grant("dataset", "open", "vic", "viewer");
  for (const subject of ["01", "02", "03"]) await upload("open", subject);
  await upload("secret", "09");
  await announced.table("open", "participants.tsv", "participant_id\tage\nsub-01\t20.5\nsub-02\t41\nsub-03\t17\n");
  await announced.table("secret", "participants.tsv", "participant_id\tage\tiq\nsub-09\t50\t140\n");
});
afterAll(world.stop);

test("a saved query has an owner, and whom it is granted to sees through it only what they may read", async () => {
  await expect.poll(() => count("subject.age > 1"), soon).toBe(4);
  const params = { name: "adults" };
  const body = { expression: "subject.age >= 18", description: "Who can vote" };
  expect(await as("ada").call(catalogRoutes.saveQuery, { params, body })).toMatchObject({
    owner: "ada",
    level: "scan",
  });
  await expect(as("vic").call(catalogRoutes.showSavedQuery, { params })).rejects.toThrow('no saved query "adults"');
  await expect(count("adults", "vic")).rejects.toThrow('no saved query "adults"');
  await expect(as("vic").call(catalogRoutes.saveQuery, { params, body })).rejects.toThrow("not available");
  await grant("query", "adults", "vic", "viewer");
  expect((await as("vic").call(catalogRoutes.listSavedQueries, { query: {} })).items).toMatchObject([params]);
  expect([await count("adults", "ada"), await count("adults", "vic")]).toEqual([3, 2]);
  await expect(as("vic").call(catalogRoutes.deleteSavedQuery, { params })).rejects.toThrow("somebody else's");
});

test("a pin stays what it was; what became of its files is listed slice by slice, and why the results differ", async () => {
  const pinned = await as("ada").call(catalogRoutes.pinQuery, { params: { name: "adults", pin: "first" } });
  expect(pinned).toMatchObject({ slices: 3, scans: 3, files: 6 });
  const seen = await as("vic").call(catalogRoutes.listPins, { params: { name: "adults" }, query: {} });
  expect(seen.items).toMatchObject([{ pin: "first", slices: 2, scans: 2, files: 4 }]);
  await expect(as("ada").call(catalogRoutes.pinQuery, { params: { name: "adults", pin: "first" } })).rejects.toThrow(
    "never changes",
  );
  for (const pin of ["second", "third"])
    await as("ada").call(catalogRoutes.pinQuery, { params: { name: "adults", pin } });
  const pages = await readAll((after) =>
    as("ada").call(catalogRoutes.listPins, { params: { name: "adults" }, query: { limit: 1, after } }),
  );
  expect(pages.map(({ pin }) => pin)).toEqual(["third", "second", "first"]);
  for (const pin of ["second", "third"])
    await as("ada").call(catalogRoutes.deletePin, { params: { name: "adults", pin } });

  await announced.table("open", "participants.tsv", "participant_id\tage\nsub-01\t20.5\nsub-02\t11\nsub-03\t19\n");
  await upload("open", "01", "another head of 01");
  await upload("open", "04");
  await announced.table(
    "open",
    "participants.tsv",
    "participant_id\tage\nsub-01\t20.5\nsub-02\t11\nsub-03\t19\nsub-04\t33\n",
  );
  await announced.removed("secret", image("09"));
  const adults = async () =>
    (await as("ada").call(catalogRoutes.runQuery, { body: { expression: "adults" } })).items.map(
      ({ slice }) => slice.subject,
    );
  await expect.poll(adults, soon).toEqual(["01", "03", "04"]);
  const isNew = () => sql`select from catalog.scan_changes where changes ? 'file.sha256'`;
  await expect.poll(isNew, soon).toHaveLength(1);

  const { items } = await as("ada").call(catalogRoutes.querySlices, { body: { expression: "adults@first" } });
  expect(items.map(({ slice, problem }) => [slice.subject, problem])).toEqual([
    ["01", `${image("01")} has changed since it was pinned`],
    ["02", undefined],
    ["09", `${image("09")} was pinned, but is gone`],
  ]);
  expect(items[1]?.scans[0]?.subjectAttributes).toEqual({ age: 41 });
  expect(
    (await as("vic").call(catalogRoutes.querySlices, { body: { expression: "adults@first" } })).items,
  ).toHaveLength(2);

  const diff = async (who: string) =>
    as(who).call(catalogRoutes.diffQueries, { body: { from: "adults@first", to: "adults" } });
  const changes = (await diff("ada")).items.map(({ slice, what, reasons }) => [
    slice.subject,
    what,
    ...reasons.map(({ why, field, from, to }) =>
      field === null || field.startsWith("session") ? why : [why, field, from, to],
    ),
  ]);
  expect(changes).toEqual([
    ["01", "changed", ["changed", "file.sha256", expect.any(String), expect.any(String)]],
    ["02", "went", "changed", ["changed", "subject.age", 41, 11]],
    ["03", "came", "changed", ["changed", "subject.age", 17, 19]],
    ["04", "came", "new"],
    ["09", "went", "removed"],
  ]);
  expect(await diff("vic")).toMatchObject({ came: 2, went: 1, changed: 1 });
  const between = await as("ada").call(catalogRoutes.diffQueries, {
    body: { from: "adults", to: "subject.age >= 20" },
  });
  expect(between.items).toMatchObject([{ slice: { subject: "03" }, what: "went", reasons: [{ why: "expression" }] }]);
});

test("a deleted person is gone from pins too", async () => {
  await as("ada").call(catalogRoutes.deleteSubject, { params: { dataset: "open", subject: "02" } });
  const { items } = await as("ada").call(catalogRoutes.querySlices, { body: { expression: "adults@first" } });
  // The pin knows that somebody is missing, and no longer who.
  const gone = items.find(({ problem }) => problem?.includes("deleted") === true);
  expect(gone).toMatchObject({
    scans: [],
    slice: { dataset: "open", subject: expect.stringMatching(/^~[0-9a-f]{16}$/) },
  });
  expect(items.map(({ slice }) => slice.subject)).not.toContain("02");
  expect(await sql`select from catalog.pinned_facts where subject = '02'`).toHaveLength(0);
  expect(await sql`select from catalog.pinned_scans where subject = '02' or path like '%02%'`).toHaveLength(0);
  const downloaded = as("ada").call(catalogRoutes.queryFiles, { body: { expression: "adults@first" } });
  await expect(downloaded).rejects.toMatchObject({ code: "conflict" });
});

test("a saved query is asked by its own level where none is given, in one request", async () => {
  const params = { name: "visits" };
  const body = { expression: 'scan.suffix == "T1w"', level: "session" as const };
  await as("ada").call(catalogRoutes.saveQuery, { params, body });
  const asked = await as("ada").call(catalogRoutes.runQuery, { body: { expression: "visits" } });
  expect(asked).toMatchObject(body);
  expect(asked.items.map(({ slice }) => slice.level)).toContain("session");
  const byFile = await as("ada").call(catalogRoutes.runQuery, { body: { expression: "visits", level: "file" } });
  expect(byFile.level).toBe("file");
  expect(await as("ada").call(catalogRoutes.runQuery, { body: { expression: "" } })).toMatchObject({
    expression: "",
    level: "scan",
  });
  await as("ada").call(catalogRoutes.deleteSavedQuery, { params });
});

test("statistics say what there is: fields with count and range, and subjects by age, for who may read them", async () => {
  const fields = async (who: string, prefix: string) =>
    (await as(who).call(catalogRoutes.listFields, { query: { prefix } })).items;
  await expect
    .poll(async () => (await fields("vic", "subject.age"))[0], soon)
    .toMatchObject({ count: 3, low: 19, high: 33, units: "year" });
  expect(await fields("vic", "subject.iq")).toEqual([]);
  expect(await fields("ada", "metadata.EchoTime")).toMatchObject([
    { types: ["number"], description: expect.stringMatching(/echo/i) },
  ]);
  const { ages } = await as("vic").call(catalogRoutes.showDataset, { params: { dataset: "open" } });
  expect(ages).toEqual([19, 20, 33].map((age) => ({ age, subjects: 1 })));
});

test("files of scans are found one by one, and a plan tells estimates to administrators only", async () => {
  expect(await count('subject.label == "01"', "ada", "file")).toBe(2);
  expect(await count('file.role == "json" && dataset.name == "open"', "ada", "file")).toBe(3);
  const explain = (client: HttpClient) =>
    client.call(catalogRoutes.checkQuery, {
      body: { expression: '"T1w" in session.suffixes && has.derivative("mask")' },
    });
  const explained = await explain(as("ada"));
  expect(explained.sql).toContain("$1");
  expect(explained.plan.join()).not.toContain("rows=");
  expect((await explain(world.admin("catalog"))).plan.join()).toContain("rows=");
});
