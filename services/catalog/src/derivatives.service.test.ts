import { catalogRoutes } from "@rollerblade/client";
import { newEventId, sliceRefToMessage } from "@rollerblade/events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CatalogWorld, sha256Of, startCatalogWorld } from "./testing/catalog-world.ts";

let world: CatalogWorld;
const quickly = { timeout: 15_000, interval: 50 };
let dataset = "";
let datasets = 0;

const image = (subject: string) => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;
const client = () => world.as("ada");

const upload = async (subject: string, of = dataset) => {
  const path = image(subject);
  await world.publish("scan.uploaded", {
    dataset: of,
    path,
    files: [await world.put(of, path, `head of ${subject}`)],
    uploader: "ada",
  });
};

const scanCount = async (of = dataset) =>
  (await client().call(catalogRoutes.listScans, { query: { dataset: of } })).items.length;

beforeAll(async () => {
  world = await startCatalogWorld();
  await world.grant("ada", "-", "root");
});
afterAll(() => world.stop());

beforeEach(async () => {
  datasets += 1;
  dataset = `d${datasets}`;
  await upload("01");
  await upload("02");
  const table = await world.put(
    dataset,
    "participants.tsv",
    "participant_id\tage\nsub-01\t20\nsub-02\t30\n",
    "participants",
  );
  await world.publish("metadata.uploaded", { dataset, files: [table], uploader: "ada" });
  await expect.poll(() => scanCount(), quickly).toBe(2);
});

type Source = { dataset: string; path: string; sha256: string };
type Made = Source & { id: string };

const raw = (subject: string, of = dataset): Source => ({
  dataset: of,
  path: image(subject),
  sha256: sha256Of(`head of ${subject}`),
});

const derive = async (
  path: string,
  sources: readonly Source[],
  options: {
    content?: string;
    sequence?: number;
    inForce?: boolean;
    subject?: string;
    id?: string;
    event?: string;
  } = {},
): Promise<Made> => {
  const { content = path, sequence = 1, inForce = true, subject = null, id = newEventId() } = options;
  const made = { id, dataset, path: `derivatives/mask-1.0.0/${path}`, sha256: sha256Of(content) };
  await world.objects.put(`datasets/${dataset}/${made.path}`, Buffer.from(content));
  const slice = {
    level: subject === null ? "dataset" : "subject",
    dataset,
    subject,
    session: null,
    scan: null,
  } as const;
  await world.publish(
    "derivative.created",
    {
      derivative: {
        ...made,
        analysis: "mask",
        version: "1.0.0",
        parametersHash: "",
        output: "mask",
        key: "k",
        slice: sliceRefToMessage(slice),
        entities: subject === null ? {} : { sub: subject },
        datatype: "anat",
        suffix: "mask",
        extension: ".nii.gz",
        size: BigInt(content.length),
        sources: [...sources],
        sequence: BigInt(sequence),
      },
      task: "t",
      decision: "a-decision",
      inForce,
    },
    options.event,
  );
  return made;
};

const states = async (): Promise<Record<string, string>> => {
  const rows = await world.sql<
    { id: string; state: string }[]
  >`select id, state from catalog.derivatives where dataset = ${dataset}`;
  return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
};
const publishedOf = async (topic: "derivative.withdrawn" | "derivative.superseded") =>
  (await world.published(topic)).filter((message) => message.dataset === dataset).map(({ id }) => id);
const statistics = async () => {
  const { derivatives, derivativeBytes, subjects, scans } = await client().call(catalogRoutes.showDataset, {
    params: { dataset },
  });
  return { derivatives, derivativeBytes, subjects, scans };
};

test("a derivative is indexed, and is part of its slices", async () => {
  const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01", content: "mask" });
  await expect.poll(states, quickly).toEqual({ [mask.id]: "in-force" });
  const slices = await client().call(catalogRoutes.querySlices, {
    body: { expression: `dataset.name == "${dataset}"`, level: "scan" },
  });
  expect(slices.items.map(({ derivatives }) => derivatives.map(({ id }) => id))).toEqual([[mask.id], []]);
  const bare = await client().call(catalogRoutes.querySlices, {
    body: { expression: `dataset.name == "${dataset}"`, level: "scan", derivatives: false },
  });
  expect(bare.items).toEqual(slices.items.map((slice) => ({ ...slice, derivatives: [] })));
  expect(slices.items[0]?.derivatives[0]).toMatchObject({
    sources: [raw("01")],
    slice: { level: "subject", subject: "01" },
  });
  const [indexed] = (await world.published("derivative.indexed")).filter(
    ({ derivative }) => derivative?.dataset === dataset,
  );
  expect(indexed).toMatchObject({ decision: "a-decision", derivative: { id: mask.id } });
  expect(await statistics()).toEqual({ derivatives: 1, derivativeBytes: 4, subjects: 2, scans: 2 });
});

test("of two with one name the one decided later is in force, whichever event comes first", async () => {
  const second = await derive("m.nii.gz", [raw("01")], { sequence: 2 });
  const first = await derive("m.nii.gz", [raw("01")], { sequence: 1 });
  await expect.poll(states, quickly).toEqual({ [first.id]: "superseded", [second.id]: "in-force" });
  const third = await derive("m.nii.gz", [raw("01")], { sequence: 3 });
  await expect
    .poll(states, quickly)
    .toEqual({ [first.id]: "superseded", [second.id]: "superseded", [third.id]: "in-force" });
  expect(await publishedOf("derivative.superseded")).toEqual([first.id, second.id]);
  expect((await statistics()).derivatives).toBe(1);
});

test("the same derivative under another event id counts once", async () => {
  const id = newEventId();
  await derive("m.nii.gz", [raw("01")], { id });
  await derive("m.nii.gz", [raw("01")], { id });
  const other = await derive("n.nii.gz", [raw("01")]);
  await expect.poll(states, quickly).toEqual({ [id]: "in-force", [other.id]: "in-force" });
  expect((await statistics()).derivatives).toBe(2);
});

test("a removed scan takes with it everything that came of it, however far down, and nothing else", async () => {
  const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01", sequence: 1, content: "old" });
  const newer = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01", sequence: 2, content: "new" });
  const volumes = await derive("sub-01/v.json", [newer], { subject: "01" });
  const other = await derive("sub-02/m.nii.gz", [raw("02")], { subject: "02" });
  const group = await derive("group.tsv", [volumes, other]);
  await expect.poll(states, quickly).toMatchObject({ [mask.id]: "superseded", [group.id]: "in-force" });
  await world.publish("scan.removed", { dataset, path: image("01"), remover: "ada" });
  await expect.poll(states, quickly).toEqual({
    [mask.id]: "withdrawn",
    [newer.id]: "withdrawn",
    [volumes.id]: "withdrawn",
    [group.id]: "withdrawn",
    [other.id]: "in-force",
  });
  expect((await publishedOf("derivative.withdrawn")).sort()).toEqual([mask.id, newer.id, volumes.id, group.id].sort());
  expect((await statistics()).derivatives).toBe(1);
});

test("what was superseded takes nothing with it", async () => {
  const old = await derive("m.nii.gz", [raw("01")], { sequence: 1, content: "old" });
  const made = await derive("v.json", [old]);
  await derive("m.nii.gz", [raw("01")], { sequence: 2, content: "new" });
  await expect.poll(states, quickly).toMatchObject({ [old.id]: "superseded", [made.id]: "in-force" });
});

test("a derivative of which a source is gone already is withdrawn at once", async () => {
  await world.publish("scan.removed", { dataset, path: image("01"), remover: "ada" });
  await expect.poll(() => scanCount(), quickly).toBe(1);
  const late = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01" });
  const later = await derive("v.json", [late, raw("02")]);
  await expect.poll(states, quickly).toEqual({ [late.id]: "withdrawn", [later.id]: "withdrawn" });
  expect((await publishedOf("derivative.withdrawn")).sort()).toEqual([late.id, later.id].sort());
});

const keys = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of world.objects.list(prefix)) found.push(key);
  return found;
};
const text = async (key: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await world.objects.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

test("a deleted subject is gone with everything derived from it, and the dataset stays valid", async () => {
  const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01" });
  const other = await derive("sub-02/m.nii.gz", [raw("02")], { subject: "02" });
  const group = await derive("group.tsv", [mask, other]);
  await expect.poll(states, quickly).toMatchObject({ [group.id]: "in-force" });
  const deletion = await client().call(catalogRoutes.deleteSubject, { params: { dataset, subject: "01" } });
  expect(await states()).toEqual({ [mask.id]: "withdrawn", [other.id]: "in-force", [group.id]: "withdrawn" });
  expect((await world.published("subject.deleted")).at(-1)).toMatchObject({ dataset, subject: "01", deleter: "ada" });
  expect(await statistics()).toMatchObject({ subjects: 1, scans: 1, derivatives: 1 });
  const finished = () => client().call(catalogRoutes.showDeletion, { params: { dataset, deletion: deletion.id } });
  await expect.poll(async () => (await finished()).finishedAt, quickly).not.toBeNull();
  expect(await keys(`datasets/${dataset}/sub-`)).toEqual([`datasets/${dataset}/${image("02")}`]);
  expect(await text(`datasets/${dataset}/participants.tsv`)).toBe("participant_id\tage\nsub-02\t30\n");
  const [table] =
    await world.sql`select size, sha256 from catalog.files where dataset = ${dataset} and path = 'participants.tsv'`;
  expect(table).toEqual({ size: 29, sha256: sha256Of("participant_id\tage\nsub-02\t30\n") });
  await expect(client().call(catalogRoutes.deleteSubject, { params: { dataset, subject: "01" } })).rejects.toThrow(
    'no subject "01"',
  );
  const late = await derive("sub-01/late.nii.gz", [raw("01")], { subject: "01" });
  await expect.poll(states, quickly).toMatchObject({ [late.id]: "withdrawn" });
});

test("a deletion that was broken off goes on when the catalog starts again", async () => {
  await world.sql`
    with deletion as (
      insert into catalog.deletions (id, dataset, subject, deleter) values (${newEventId()}, ${dataset}, '01', 'ada') returning id)
    insert into catalog.deletion_files (deletion, path, size, sha256)
    select deletion.id, path, size, sha256 from deletion, catalog.files where dataset = ${dataset} and subject = '01'`;
  await world.sql`delete from catalog.files where dataset = ${dataset} and subject = '01'`;
  await world.restart();
  await expect.poll(() => keys(`datasets/${dataset}/sub-`), quickly).toEqual([`datasets/${dataset}/${image("02")}`]);
  await expect
    .poll(() => text(`datasets/${dataset}/participants.tsv`), quickly)
    .toBe("participant_id\tage\nsub-02\t30\n");
});

test("a deleted dataset is gone, its name can be used again, and what was published before does not come back", async () => {
  const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01" });
  await expect.poll(states, quickly).toMatchObject({ [mask.id]: "in-force" });
  await client().call(catalogRoutes.deleteDataset, { params: { dataset } });
  // What analyses have made is removed by the scheduler, which is not here.
  const rawKeys = async () => (await keys(`datasets/${dataset}/`)).filter((key) => !key.includes("/derivatives/"));
  await expect.poll(rawKeys, quickly).toEqual([]);
  await expect(statistics()).rejects.toThrow("There is no dataset");
  expect(await publishedOf("derivative.withdrawn")).toEqual([mask.id]);
  expect((await world.published("dataset.deleted")).at(-1)).toMatchObject({ dataset });
  await upload("03");
  await expect.poll(() => scanCount(), quickly).toBe(1);
  expect(await statistics()).toMatchObject({ subjects: 1, scans: 1, derivatives: 0 });
});

/** Paths of all that is in force in the dataset. */
const inForce = async (): Promise<string[]> => {
  const { items } = await client().call(catalogRoutes.listDerivatives, { query: { dataset } });
  return items.map(({ path }) => path).sort();
};

test("what the latest execution did not make again is withdrawn, with what was made from it", async () => {
  const lesion = await derive("sub-01/lesion.nii", [raw("01")]);
  const volume = await derive("volume.json", [lesion]);
  const other = await derive("sub-01/summary.json", [raw("01")]);
  await expect.poll(inForce, quickly).toEqual([lesion.path, other.path, volume.path]);
  await world.publish("derivative.dropped", { id: lesion.id, dataset, path: lesion.path, task: newEventId() });
  await expect.poll(inForce, quickly).toEqual([other.path]);
});

describe("a result that a person takes back", () => {
  const withdraw = (name: string, id: string, reason = "") =>
    world.as(name).call(catalogRoutes.withdrawDerivative, { params: { derivative: id }, body: { reason } });
  const withdrawn = async (name: string) => {
    const query = { dataset, state: "withdrawn" } as const;
    const { items } = await world.as(name).call(catalogRoutes.listDerivatives, { query });
    return items.map(({ id, withdrawnReason, withdrawnBy }) => ({ id, withdrawnReason, withdrawnBy }));
  };

  test("is withdrawn by a contributor, with what was made from it and the reason", async () => {
    await world.grant("carla", dataset, "contributor");
    const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01", content: "mask" });
    const volume = await derive("sub-01/v.json", [mask], { subject: "01" });
    const other = await derive("sub-02/m.nii.gz", [raw("02")], { subject: "02" });
    await expect.poll(inForce, quickly).toEqual([mask.path, volume.path, other.path]);
    expect(await withdraw("carla", mask.id, "The mask misses the cerebellum.")).toEqual({ withdrawn: 2 });
    expect(await inForce()).toEqual([other.path]);
    const why = { withdrawnReason: "The mask misses the cerebellum.", withdrawnBy: "carla" };
    expect(await withdrawn("carla")).toEqual([
      { id: mask.id, ...why },
      { id: volume.id, ...why },
    ]);
    const events = (await world.published("derivative.withdrawn")).filter((event) => event.dataset === dataset);
    expect(events.map(({ id, reason }) => ({ id, reason })).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      [mask, volume].map(({ id }) => ({ id, reason: why.withdrawnReason })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect((await statistics()).derivatives).toBe(1);
    expect(await withdraw("carla", mask.id)).toEqual({ withdrawn: 0 });
  });

  test("needs the role, does not exist for a stranger, and nothing unreadable is counted", async () => {
    await world.grant("rudi", dataset, "runner");
    await world.grant("nora", dataset, "contributor");
    await world.grant("stranger", "another", "owner");
    const mask = await derive("sub-01/m.nii.gz", [raw("01")], { subject: "01" });
    await expect.poll(inForce, quickly).toEqual([mask.path]);
    await world.sql`update catalog.derivatives set datasets = array[${dataset}, 'hidden'] where id = ${mask.id}`;
    await expect(withdraw("nora", mask.id)).rejects.toMatchObject({ code: "not-found" });
    await world.sql`update catalog.derivatives set datasets = array[${dataset}] where id = ${mask.id}`;
    const volume = await derive("sub-01/v.json", [mask], { subject: "01" });
    await expect.poll(inForce, quickly).toEqual([mask.path, volume.path]);
    await world.sql`update catalog.derivatives set datasets = array[${dataset}, 'hidden'] where id = ${volume.id}`;
    await expect(withdraw("rudi", mask.id)).rejects.toThrow(`this is for a contributor`);
    await expect(withdraw("stranger", mask.id)).rejects.toMatchObject({ code: "not-found" });
    await expect(withdraw("stranger", newEventId())).rejects.toMatchObject({ code: "not-found" });
    expect(await inForce()).toEqual([mask.path, volume.path]);
    expect(await withdraw("nora", mask.id)).toEqual({ withdrawn: 1 });
    expect(await inForce()).toEqual([]);
    expect(await withdrawn("nora")).toEqual([
      { id: mask.id, withdrawnReason: "nora withdrew it.", withdrawnBy: "nora" },
    ]);
  });
});

test("a derivative may be dropped before it is known, and one that has a successor stays superseded", async () => {
  const early = newEventId();
  await world.publish("derivative.dropped", {
    id: early,
    dataset,
    path: "derivatives/mask-1.0.0/late.nii",
    task: newEventId(),
  });
  await derive("late.nii", [raw("01")], { id: early });
  const old = await derive("same.nii", [raw("01")], { content: "old" });
  const report = await derive("report.json", [old]);
  const next = await derive("same.nii", [raw("01")], { content: "next", sequence: 2 });
  await expect.poll(inForce, quickly).toEqual([report.path, next.path]);
  await world.publish("derivative.dropped", { id: old.id, dataset, path: old.path, task: newEventId() });
  const last = await derive("last.nii", [raw("01")]);
  await expect.poll(inForce, quickly).toEqual([last.path, report.path, next.path]);
});

test("what was made from an older scan is outdated, with what was made from it, until it is made anew", async () => {
  const outdated = async () => {
    const { items } = await client().call(catalogRoutes.listDerivatives, { query: { dataset, outdated: "true" } });
    return items.map(({ path }) => path).sort();
  };
  const having = async (analysis: string) => {
    const expression = `dataset.name == "${dataset}" && has.derivative("${analysis}")`;
    const { items } = await client().call(catalogRoutes.querySlices, { body: { expression, level: "scan" } });
    return items.map(({ slice }) => slice.subject);
  };
  const mask = await derive("sub-01/mask.nii", [raw("01")], { subject: "01" });
  const other = await derive("sub-02/mask.nii", [raw("02")], { subject: "02" });
  const volume = await derive("sub-01/volume.json", [mask], { subject: "01" });
  await expect.poll(inForce, quickly).toEqual([mask.path, volume.path, other.path]);
  expect([await outdated(), await having("mask")]).toEqual([[], ["01", "02"]]);
  await world.sql`
    insert into catalog.saved_queries (owner, name, expression, level, description)
    values ('ada', ${`of-${dataset}`}, ${`dataset.name == "${dataset}"`}, 'scan', '')`;
  const pinned = await client().call(catalogRoutes.pinQuery, { params: { name: `of-${dataset}`, pin: "before" } });
  expect(pinned.outdated).toBe(0);
  const path = image("01");
  const again = await world.put(dataset, path, "another head");
  await world.publish("scan.uploaded", { dataset, path, files: [again], uploader: "ada" });
  await expect.poll(outdated, quickly).toEqual([mask.path, volume.path]);
  expect(await having("mask")).toEqual(["02"]);
  const expression = `dataset.name == "${dataset}"`;
  const slices = await client().call(catalogRoutes.querySlices, { body: { expression, level: "scan" } });
  expect(slices.items.map((slice) => slice.outdated.toSorted())).toEqual([[mask.id, volume.id].toSorted(), []]);
  const { items: pins } = await client().call(catalogRoutes.listPins, { params: { name: `of-${dataset}` }, query: {} });
  expect(pins.map((pin) => pin.outdated)).toEqual([2]);
  const tree = { derivatives: true, limit: 1 };
  const found = await client().call(catalogRoutes.queryFiles, { body: { expression, ...tree } });
  const whole = await client().call(catalogRoutes.exportDataset, {
    params: { dataset },
    query: { derivatives: "true", limit: 1 },
  });
  expect([found.outdated, whole.outdated]).toEqual([2, 2]);
  const source = { dataset, path, sha256: again.sha256 };
  const anew = await derive("sub-01/mask.nii", [source], { subject: "01", content: "anew", sequence: 2 });
  await expect.poll(outdated, quickly).toEqual([volume.path]);
  expect(await having("mask")).toEqual(["01", "02"]);
  await derive("sub-01/volume.json", [anew], { subject: "01", content: "of the new mask", sequence: 2 });
  await expect.poll(outdated, quickly).toEqual([]);
});

test("a scan that is as it was again makes what was made from it current again", async () => {
  const mask = await derive("sub-01/mask.nii", [raw("01")], { subject: "01" });
  const outdated = async () => {
    const { items } = await client().call(catalogRoutes.listDerivatives, { query: { dataset } });
    return items.map((one) => [one.path, one.outdated]);
  };
  await expect.poll(outdated, quickly).toEqual([[mask.path, false]]);
  const path = image("01");
  const replaced = await world.put(dataset, path, "another head");
  await world.publish("scan.uploaded", { dataset, path, files: [replaced], uploader: "ada" });
  await expect.poll(outdated, quickly).toEqual([[mask.path, true]]);
  await upload("01");
  await expect.poll(outdated, quickly).toEqual([[mask.path, false]]);
});
