import type { Level } from "@rollerblade/abids/facts";
import { catalogRoutes, readAll } from "@rollerblade/client";
import { newEventId, publish, scanFactsFromMessage } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CatalogWorld, sha256Of, startCatalogWorld } from "./testing/catalog-world.ts";

let world: CatalogWorld;
const quickly = { timeout: 15_000, interval: 50 };

beforeAll(async () => {
  world = await startCatalogWorld();
  await world.grant("ada", "brains", "owner");
  await world.grant("vic", "brains", "viewer");
  await world.grant("eve", "other", "owner");
});
afterAll(() => world.stop());

const image = (subject: string, session = "1") =>
  `sub-${subject}/ses-${session}/anat/sub-${subject}_ses-${session}_T1w.nii.gz`;

const upload = async (
  subject: string,
  options: { dataset?: string; uploader?: string; batch?: string; content?: string; id?: string } = {},
) => {
  const { dataset = "brains", uploader = "ada", content = `head of ${subject}` } = options;
  const path = image(subject);
  const files = [
    await world.put(dataset, path, content),
    await world.put(
      dataset,
      path.replace(".nii.gz", ".json"),
      JSON.stringify({ EchoTime: 0.003, Series: `of ${subject}` }),
      "json",
    ),
  ];
  const batch = options.batch === undefined ? {} : { batch: options.batch };
  await world.publish("scan.uploaded", { dataset, path, files, uploader, ...batch }, options.id);
  return path;
};

const metadata = async (files: Readonly<Record<string, string>>, removed: string[] = []) => {
  const announced = await Promise.all(
    Object.entries(files).map(([path, content]) => world.put("brains", path, content, "metadata")),
  );
  await world.publish("metadata.uploaded", { dataset: "brains", files: announced, uploader: "ada", removed });
};

const scans = async (who = "ada") =>
  (await world.as(who).call(catalogRoutes.listScans, { query: { dataset: "brains" } })).items;
const query = async (expression: string, level: Level = "scan", who = "ada") =>
  (await world.as(who).call(catalogRoutes.runQuery, { body: { expression, level } })).items;

test("a scan that another team announces is indexed with all that is known of it", async () => {
  await upload("01");
  await expect.poll(() => scans(), quickly).toHaveLength(1);
  const [indexed] = await world.published("scan.indexed");
  const facts = scanFactsFromMessage(indexed?.scan);
  expect(facts).toMatchObject({
    subject: "01",
    session: "1",
    suffix: "T1w",
    metadata: { EchoTime: 0.003, Series: "of 01" },
    files: [{ role: "image" }, { role: "json" }],
  });
  expect(await scans()).toEqual([facts]);
});

test("what is learnt later changes the facts, and only of the scans that it speaks of", async () => {
  await upload("02");
  await metadata({
    "dataset_description.json": JSON.stringify({ Name: "Brains", BIDSVersion: "1.11.0" }),
    "participants.tsv": "participant_id\tage\tsex\nsub-01\t23.5\tF\nsub-02\t61\tM\n",
    "T1w.json": JSON.stringify({ EchoTime: 9, Manufacturer: "Acme" }),
  });
  await expect.poll(() => query("subject.age > 20 && metadata.Manufacturer == 'Acme'"), quickly).toHaveLength(2);
  const [first, second] = await scans();
  expect(first).toMatchObject({
    metadata: { EchoTime: 0.003, Manufacturer: "Acme" },
    subjectAttributes: { age: 23.5, sex: "F" },
  });
  expect(second).toMatchObject({ sessionAttributes: { age: 61 } });
  const before = (await world.published("metadata.changed")).length;
  await metadata({ "participants.tsv": "participant_id\tage\tsex\nsub-01\t24\tF\nsub-02\t61\tM\n" });
  await expect.poll(async () => (await scans())[0]?.subjectAttributes, quickly).toEqual({ age: 24, sex: "F" });
  const changed = (await world.published("metadata.changed")).slice(before);
  expect(changed.map(({ scan }) => scan?.subject)).toEqual(["01"]);
  expect(changed[0]?.scan?.revision).toBeGreaterThan(first?.revision ?? 0);
});

test("the same event again, and the same scan again, change nothing and say nothing", async () => {
  const id = newEventId();
  const count = async () =>
    (await world.published("scan.indexed")).length + (await world.published("metadata.changed")).length;
  await upload("01", { id });
  await upload("01");
  await upload("03");
  await expect.poll(() => scans(), quickly).toHaveLength(3);
  const after = await count();
  await world.sql`delete from catalog.inbox where event_id = ${id}`;
  await upload("01");
  await upload("04");
  await expect.poll(() => scans(), quickly).toHaveLength(4);
  expect(await count()).toBe(after + 1);
});

test("what is not so is refused with a reason, and the rest goes on", async () => {
  const dataset = "brains";
  const good = await world.put(dataset, image("05"), "head of 05");
  const announce = (path: string, file: Partial<typeof good>, uploader = "ada") =>
    world.publish("scan.uploaded", { dataset, path, files: [{ ...good, path, ...file }], uploader });
  await announce(image("05"), {}, "vic");
  await announce(image("05"), {}, "nobody");
  await announce(image("05"), { sha256: sha256Of("another head") });
  await announce(image("05"), { size: 3n });
  await announce(image("99"), {});
  await announce("sub-05/anat/sub-06_T1w.nii.gz", {});
  await announce("../../etc/passwd", {});
  await world
    .publish("scan.uploaded", { dataset: "../x", path: image("05"), files: [good], uploader: "ada" })
    .catch(() => {});
  await upload("06");
  await expect.poll(() => scans(), quickly).toHaveLength(5);
  await expect.poll(async () => (await world.reasons()).length, quickly).toBeGreaterThanOrEqual(7);
  const reasons = (await world.reasons()).join("\n");
  for (const part of [
    '"vic" may not add to the dataset brains',
    'there is no user "nobody"',
    "has the hash",
    "more bytes than the 3 announced",
    `${image("99")} is not in the bucket`,
    "is not BIDS",
    "..",
  ])
    expect(reasons).toContain(part);
  expect((await scans()).map(({ subject }) => subject)).not.toContain("05");
});

test("of many scans in one event those that are refused keep back no other, and the batch waits for all", async () => {
  const batch = newEventId();
  await world.grant("ada", "imported", "contributor");
  const announced = await Promise.all(
    ["21", "22", "23"].map(async (subject) => {
      const path = image(subject);
      return { path, files: [await world.put("imported", path, `head of ${subject}`)] };
    }),
  );
  const scans = announced.map((scan, at) => (at === 1 ? { ...scan, path: "sub-22/anat/sub-22_bold.nii.gz" } : scan));
  await world.publish("scan.imported", { dataset: "imported", uploader: "ada", batch, scans });
  await world.publish("batch.closed", { batch, dataset: "imported", events: 1n });
  await expect
    .poll(async () => (await world.published("batch.indexed")).map((message) => message.batch), quickly)
    .toContain(batch);
  const known = await world.sql`select subject from catalog.scans where dataset = 'imported' order by 1`;
  expect(known).toEqual([{ subject: "21" }, { subject: "23" }]);
  expect(await world.reasons()).toContainEqual(expect.stringContaining("sub-22_bold.nii.gz"));
  for (const table of ["catalog.scans", "catalog.sessions", "catalog.subjects", "catalog.files"])
    await world.sql`delete from ${world.sql(table)} where dataset = 'imported'`;
  await world.sql`delete from catalog.datasets where name = 'imported'`;
});

test("a batch is indexed once all of its events were handled or refused", async () => {
  const batch = newEventId();
  await upload("07", { batch, uploader: "vic" });
  await upload("08", { batch });
  await world.publish("batch.closed", { batch, dataset: "brains", events: 2n });
  await world.publish("batch.opened", {
    batch,
    dataset: "brains",
    expiresAt: { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600), nanos: 0 },
  });
  await expect
    .poll(async () => (await world.published("batch.indexed")).map((message) => message.batch), quickly)
    .toContain(batch);
  const abandoned = newEventId();
  await world.publish("batch.opened", { batch: abandoned, dataset: "brains", expiresAt: { seconds: 1n, nanos: 0 } });
  await expect
    .poll(async () => (await world.published("batch.indexed")).map((message) => message.batch), quickly)
    .toContain(abandoned);
});

test("queries find slices at each level, page by page", async () => {
  expect((await query("", "dataset"))[0]).toMatchObject({
    slice: { level: "dataset", dataset: "brains", subject: null },
    scans: 6,
  });
  expect(await query("subject.age >= 60", "subject")).toMatchObject([
    { slice: { subject: "02" }, age: 61, suffixes: ["T1w"] },
  ]);
  const pages: string[] = [];
  let after: string | undefined;
  do {
    const page = await world.as("ada").call(catalogRoutes.runQuery, {
      body: { level: "session", limit: 4, count: true, ...(after === undefined ? {} : { after }) },
    });
    pages.push(...page.items.map(({ slice }) => slice.subject ?? ""));
    expect(page).toMatchObject({ total: 6, unknown: 0 });
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(pages).toEqual(["01", "02", "03", "04", "06", "08"]);
  const counted = await world
    .as("ada")
    .call(catalogRoutes.runQuery, { body: { expression: "subject.age > 1", count: true } });
  expect(counted).toMatchObject({ total: 2, unknown: 4 });
  const slices = await world
    .as("ada")
    .call(catalogRoutes.querySlices, { body: { expression: "subject.label == '01'", level: "session" } });
  expect(slices.items).toMatchObject([
    { slice: { level: "session", subject: "01", session: "1" }, scans: [{ subject: "01" }], derivatives: [] },
  ]);
  await expect(query("scan.sufix == 'T1w'")).rejects.toThrow("did you mean scan.suffix");
});

test("a query leaves as a BIDS tree with the right part of participants.tsv", async () => {
  const files = new Map<string, string | null>();
  let after: string | undefined;
  do {
    const page = await world.as("vic").call(catalogRoutes.queryFiles, {
      body: { expression: "subject.age < 30", ...(after === undefined ? {} : { after }) },
    });
    for (const { path, content } of page.items) files.set(path, content);
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect([...files.keys()].sort()).toEqual(
    [
      "T1w.json",
      "dataset_description.json",
      "participants.tsv",
      image("01").replace(".nii.gz", ".json"),
      image("01"),
    ].sort(),
  );
  expect(files.get("participants.tsv")).toBe("participant_id\tage\tsex\nsub-01\t24\tF\n");
});

test("a part of a dataset says what it is a part of, with all JSON that its files inherit", async () => {
  const items = await readAll((after) =>
    world.as("vic").call(catalogRoutes.queryFiles, { body: { expression: "subject.age < 30", after } }),
  );
  expect(items.map(({ path }) => path)).toContain("T1w.json");
  const description = items.find(({ path }) => path === "dataset_description.json");
  expect(JSON.parse(description?.content ?? "")).toMatchObject({
    Name: "Brains",
    GeneratedBy: [{ Name: "Rollerblade", Description: expect.stringContaining("subject.age < 30") }],
    SourceDatasets: [{ URL: "http://127.0.0.1:1/v1/datasets/brains" }],
  });
});

test("what somebody may not read does not exist for them", async () => {
  expect(await scans("eve")).toEqual([]);
  expect(await query("", "scan", "eve")).toEqual([]);
  const ask = (datasets?: string[]) =>
    world.as("eve").call(catalogRoutes.runQuery, {
      body: { expression: "subject.age > 1", count: true, ...(datasets && { datasets }) },
    });
  expect(await ask()).toMatchObject({ items: [], total: 0, unknown: 0 });
  // The answer is that to a name that nobody has, and names nothing that is near.
  const answerTo = (name: string) => ask([name]).catch((error: unknown) => String(error).replaceAll(name, "NAME"));
  expect(await answerTo("brains")).toContain('There is no dataset "NAME"');
  expect(await answerTo("brains")).toBe(await answerTo("brainz"));
  expect((await world.as("eve").call(catalogRoutes.listDatasets, { query: {} })).items).toEqual([]);
  expect(
    (await world.as("eve").call(catalogRoutes.listFields, { query: {} })).items.map(({ name }) => name),
  ).not.toContain("metadata.Manufacturer");
  await expect(world.as("eve").call(catalogRoutes.showDataset, { params: { dataset: "brains" } })).rejects.toThrow(
    'There is no dataset "brains"',
  );
  const deletion = { params: { dataset: "brains" } };
  await expect(world.as("eve").call(catalogRoutes.deleteDataset, deletion)).rejects.toMatchObject({
    code: "not-found",
    message: 'There is no dataset "brains".',
  });
  // Whoever reads it knows that it exists.
  await expect(world.as("vic").call(catalogRoutes.deleteDataset, deletion)).rejects.toMatchObject({
    code: "forbidden",
    message: 'You are viewer of the dataset "brains", and this is for an admin.',
  });
});

test("statistics are kept, and fields are known", async () => {
  const shown = await world.as("vic").call(catalogRoutes.showDataset, { params: { dataset: "brains" } });
  expect(shown).toMatchObject({ description: { Name: "Brains" }, subjects: 6, sessions: 6, scans: 6, files: 15 });
  const [counted] =
    await world.sql`select count(*)::int as files, sum(size)::int8 as bytes from catalog.files where dataset = 'brains'`;
  expect(counted).toEqual({ files: shown.files, bytes: shown.bytes });
  const fields = await world.as("vic").call(catalogRoutes.listFields, { query: { prefix: "subject." } });
  expect(fields.items.map(({ name }) => name)).toEqual([
    "subject.age",
    "subject.datatypes",
    "subject.label",
    "subject.scans",
    "subject.sessions",
    "subject.sex",
    "subject.suffixes",
  ]);
  const pages = await readAll((after) =>
    world.as("vic").call(catalogRoutes.listFields, { query: { prefix: "subject.", limit: 2, after } }),
  );
  expect(pages).toEqual(fields.items);
  const badCursor = world.as("vic").call(catalogRoutes.listFields, { query: { after: "subject.age" } });
  await expect(badCursor).rejects.toThrow("is not what a page of this list gave");
  const checked = await world.as("vic").call(catalogRoutes.checkQuery, { body: { expression: "subject.agee > 3" } });
  expect(checked.unseen).toEqual([{ field: "subject.agee", nearest: ["subject.age"] }]);
  await expect(query("subject.agee > 3", "scan", "vic")).rejects.toThrow("did you mean subject.age?");
});

test("a removed scan is withdrawn, and can come back", async () => {
  await world.publish("scan.removed", { dataset: "brains", path: image("08"), remover: "ada" });
  await expect
    .poll(async () => (await world.published("scan.withdrawn")).map(({ subject }) => subject), quickly)
    .toEqual(["08"]);
  await upload("08");
  await expect.poll(() => scans(), quickly).toHaveLength(6);
  const revisions = (await world.published("scan.indexed"))
    .filter(({ scan }) => scan?.subject === "08")
    .map(({ scan }) => Number(scan?.revision));
  const [withdrawn] = await world.published("scan.withdrawn");
  expect(revisions.at(-1)).toBeGreaterThan(Number(withdrawn?.revision));
});

test("a dataset is exported whole", async () => {
  const page = await world.as("vic").call(catalogRoutes.exportDataset, { params: { dataset: "brains" }, query: {} });
  expect(page.items).toHaveLength(15);
  expect(page.items[0]?.url).toMatch(/^http/);
});

test("a dataset is looked into one folder at a time, page by page, in the order of the bytes of its names", async () => {
  const vic = world.as("vic");
  const { items } = await vic.call(catalogRoutes.exportDataset, { params: { dataset: "brains" }, query: {} });
  const paths = items.map(({ path }) => path);
  /** Names in a folder, those of folders with a slash, from the paths of all files. */
  const expected = (folder: string): string[] => {
    const below = paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length).split("/"));
    return [...new Set(below.map(([name = "", ...rest]) => (rest.length > 0 ? `${name}/` : name)))].toSorted();
  };
  const listed = async (folder: string, limit: number): Promise<string[]> => {
    const params = { dataset: "brains" };
    const entries = await readAll((after) =>
      vic.call(catalogRoutes.listFolder, { params, query: { folder, limit, after } }),
    );
    return entries.map(({ name, size }) => (size === null ? `${name}/` : name));
  };
  const folders = new Set(paths.flatMap((path) => path.split("/").map((_, at, all) => all.slice(0, at).join("/"))));
  expect(folders.size).toBeGreaterThan(5);
  for (const folder of folders) {
    const names = expected(folder === "" ? "" : `${folder}/`);
    expect(await listed(folder, 100)).toEqual(names);
    expect(await listed(folder, 1)).toEqual(names);
  }
  expect(await listed("nowhere", 100)).toEqual([]);
  const params = { dataset: "brains" };
  await expect(world.as("eve").call(catalogRoutes.listFolder, { params, query: {} })).rejects.toThrow("brains");
});

test("of merged metadata one learns which file each key comes from", async () => {
  const [scan] = await scans();
  const path = scan?.path ?? "";
  const query = { dataset: "brains", path };
  const { items } = await world.as("vic").call(catalogRoutes.explainMetadata, { query });
  expect(Object.fromEntries(items.map(({ key, value }) => [key, value]))).toEqual(scan?.metadata);
  expect(items.find(({ key }) => key === "Series")?.file).toBe(path.replace(".nii.gz", ".json"));
  await expect(world.as("eve").call(catalogRoutes.explainMetadata, { query })).rejects.toThrow("brains");
});

test("what another team publishes counts in its own name, whatever name its message claims", async () => {
  const dataset = "brains";
  const file = await world.put(dataset, image("55"), "head of 55");
  const message = { dataset, path: image("55"), files: [{ ...file, path: image("55") }], uploader: "ada" };
  await publish("scan.uploaded", message, { url: world.natsUrl, source: "vic" });
  await expect
    .poll(async () => (await world.reasons()).join("\n"), quickly)
    .toContain('"vic" may not add to the dataset brains');
  expect((await scans()).some(({ subject }) => subject === "55")).toBe(false);
});

test("ingest, which has hashed what it announces, is believed; the others are held against the bucket", async () => {
  const dataset = "believed";
  await world.grant("ada", dataset, "contributor");
  const content = `head of 01${"x".repeat(1_000_000)}`;
  const file = await world.put(dataset, image("01"), content);
  const wrong = { ...file, path: image("01"), sha256: sha256Of("another head") };
  const message = { dataset, path: image("01"), files: [wrong], uploader: "ada" };
  const before = (await world.reasons()).length;
  await publish("scan.uploaded", message, { url: world.natsUrl, source: "ada" });
  await expect.poll(async () => (await world.reasons()).length, quickly).toBe(before + 1);
  await publish("scan.uploaded", message, { url: world.natsUrl, source: "ingest" });
  const found = () => world.sql`select sha256 from catalog.files where dataset = ${dataset}`;
  await expect.poll(found, quickly).toEqual([{ sha256: wrong.sha256 }]);
});
