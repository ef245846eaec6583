import type { JsonObject } from "@rollerblade/abids";
import type { FileFact } from "@rollerblade/abids/facts";
import { connect, disconnect, type Sql, transaction } from "@rollerblade/database";
import {
  createEvents,
  type ErasingEvents,
  type MessageInitOf,
  newEventId,
  type Received,
  type TopicName,
  topics,
} from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import { createAccessTable } from "@rollerblade/service-kit/testing";
import { contextFromTraceparent, createLogger, createRegistry } from "@rollerblade/telemetry";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fileOf, startCatalogServers } from "../testing/catalog-world.ts";
import { indexingHandlers } from "./handlers.ts";

const servers = await startCatalogServers();
let sql: Sql;
let events: ErasingEvents;
let handlers: ReturnType<typeof indexingHandlers>;
const objects = openObjectStore(servers.objectsUrl, { publicUrl: "http://127.0.0.1:1", secret: "a-secret-of-links" });

beforeAll(async () => {
  sql = connect(servers.databaseUrl);
  await createAccessTable(sql);
  await sql`insert into accounts.access_v1 values (null, 'ada', true, null, null, null)`;
  events = createEvents({
    sql,
    schema: "catalog",
    nats: { url: servers.natsUrl },
    service: "catalog",
    log: createLogger("catalog", { level: "silent" }),
    registry: createRegistry("catalog"),
    signal: new AbortController().signal,
  });
  handlers = indexingHandlers({ sql, events, objects, authorize: async () => ({ name: "ada", admin: true }) });
});
afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});
beforeEach(() => clear());

const begin = Date.parse("2026-01-01T00:00:00Z");

const received = <T extends TopicName>(topic: T, at: number, message: MessageInitOf<T>): Received<T> => ({
  id: newEventId(),
  topic,
  message: topics[topic].decode(topics[topic].encode(message)),
  dataset: "d",
  publisher: { kind: "service", name: topics[topic].publisher },
  cause: contextFromTraceparent(""),
  delivery: 1,
  time: new Date(begin + at * 1000),
});

type Change = Received<"scan.uploaded"> | Received<"scan.removed"> | Received<"metadata.uploaded">;

const toMessage = ({ size, ...file }: FileFact) => ({ ...file, size: BigInt(size) });

const scan = (at: number, path: string, files: FileFact[]): Change =>
  received("scan.uploaded", at, { dataset: "d", path, files: files.map(toMessage), uploader: "ada" });
const tables = (at: number, files: FileFact[], removed: string[] = []): Change =>
  received("metadata.uploaded", at, { dataset: "d", files: files.map(toMessage), removed, uploader: "ada" });

/** Handles events as the backbone does: topic by topic within a batch, in one transaction. */
const handle = async (batch: readonly Change[]): Promise<void> => {
  const of = <T extends Change["topic"]>(topic: T) =>
    batch.filter((event): event is Extract<Change, { topic: T }> => event.topic === topic);
  const effects = [
    await handlers["scan.uploaded"].begin(of("scan.uploaded")),
    await handlers["scan.removed"].begin(of("scan.removed")),
    await handlers["metadata.uploaded"].begin(of("metadata.uploaded")),
  ];
  await transaction(sql, async (tx) => {
    for (const effect of effects) await effect(tx);
  });
};

const bold = "sub-01/ses-1/func/sub-01_ses-1_task-rest_bold.nii.gz";
const t1w = "sub-02/anat/sub-02_T1w.nii.gz";
const contents: Readonly<Record<string, string>> = {
  [bold]: "bold",
  [bold.replace(".nii.gz", ".json")]: '{"EchoTime":0.03,"TaskName":"own"}',
  [t1w]: "t1w",
  "task-rest_bold.json": '{"RepetitionTime":2,"TaskName":"rest"}',
  "sub-01/ses-1/sub-01_ses-1_task-rest_bold.json": '{"FlipAngle":90,"RepetitionTime":1.5}',
  "participants.tsv": "participant_id\tage\nsub-01\t20\nsub-02\t30\n",
  "sub-01/sub-01_sessions.tsv": "session_id\tage\nses-1\t21\n",
  "sub-01/ses-1/func/sub-01_ses-1_task-rest_events.tsv": "onset\tduration\n0\t1\n",
  "sub-01/ses-1/sub-01_ses-1_scans.tsv":
    "filename\tacq_time\tpath\nfunc/sub-01_ses-1_task-rest_bold.nii.gz\t1999-01-01T00:00:00\tx\n",
  "phenotype/bdi.tsv": "participant_id\ttotal\nsub-01\t7\nsub-02\t8\n",
  "phenotype/mood.tsv": "participant_id\tsession_id\thappy\nsub-01\tses-1\tn/a\n",
};
const file = (path: string, role = "x"): FileFact => fileOf(path, contents[path] ?? "", role);

type State = {
  readonly path: string;
  readonly metadata: JsonObject;
  readonly subjectAttributes: JsonObject;
  readonly sessionAttributes: JsonObject;
  readonly scanAttributes: JsonObject | null;
  readonly files: unknown;
  readonly sidecars: readonly string[];
};

const state = async () => {
  const scans = await sql<State[]>`
    select path, metadata, subject_attributes, session_attributes, scan_attributes, files, sidecars from catalog.scans order by path`;
  const [dataset] = await sql`select subjects, sessions, scans, files, bytes from catalog.datasets`;
  const [counted] = await sql`
    select (select count(*)::int8 from catalog.files) as files, (select coalesce(sum(size), 0)::int8 from catalog.files) as bytes,
      (select count(*)::int8 from catalog.scans) as scans, (select count(distinct subject)::int8 from catalog.scans) as subjects,
      (select count(distinct (subject, session))::int8 from catalog.scans) as sessions`;
  expect(dataset).toEqual(counted);
  return { scans: [...scans], dataset };
};

/** Facts as the last event of each scan tells them. */
const indexedRows = async (): Promise<Map<string, unknown>> => {
  const rows = await sql<
    { topic: string; body: Uint8Array }[]
  >`select topic, body from catalog.outbox order by sequence`;
  const byPath = new Map<string, { revision: bigint; facts: unknown }>();
  const keep = (path: string, revision: bigint, facts: unknown): void => {
    if ((byPath.get(path)?.revision ?? 0n) < revision) byPath.set(path, { revision, facts });
  };
  for (const { topic, body } of rows) {
    if (topic === "scan.withdrawn") {
      const { path, revision } = topics["scan.withdrawn"].decode(body);
      keep(path, revision, null);
    } else {
      const { scan } = topics["scan.indexed"].decode(body);
      if (scan)
        keep(scan.path, scan.revision, [
          scan.metadata,
          scan.subjectAttributes,
          scan.sessionAttributes,
          scan.files.map(({ path }) => path),
        ]);
    }
  }
  return new Map([...byPath].filter(([, { facts }]) => facts !== null).map(([path, { facts }]) => [path, facts]));
};

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));

const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
};

const clear = async () => {
  for (const table of ["datasets", "files", "removals", "subjects", "sessions", "scans", "fields", "outbox"])
    await sql`delete from catalog.${sql(table)}`;
};

test("whatever the order in which events come, the facts are the same", { timeout: 120_000 }, async () => {
  for (const [path, content] of Object.entries(contents)) await objects.put(`datasets/d/${path}`, Buffer.from(content));
  const history = (): Change[] => [
    scan(1, bold, [file(bold, "image"), file(bold.replace(".nii.gz", ".json"), "json")]),
    scan(2, t1w, [file(t1w, "image")]),
    tables(3, [file("task-rest_bold.json")]),
    tables(4, [file("participants.tsv"), file("sub-01/ses-1/sub-01_ses-1_task-rest_bold.json")]),
    tables(5, [file("sub-01/sub-01_sessions.tsv")]),
    tables(6, [
      file("sub-01/ses-1/func/sub-01_ses-1_task-rest_events.tsv"),
      file("sub-01/ses-1/sub-01_ses-1_scans.tsv"),
      file("phenotype/bdi.tsv"),
      file("phenotype/mood.tsv"),
    ]),
  ];
  await handle(history());
  const expected = await state();
  expect(expected.scans).toMatchObject([
    {
      path: bold,
      metadata: { EchoTime: 0.03, TaskName: "own", RepetitionTime: 1.5, FlipAngle: 90 },
      sessionAttributes: { age: 21, phenotype: { mood: { happy: null } } },
      subjectAttributes: { age: 20, phenotype: { bdi: { total: 7 } } },
      scanAttributes: { acq_time: "1999-01-01T00:00:00", path: "x" },
    },
    { path: t1w, metadata: {}, sessionAttributes: { age: 30 }, scanAttributes: null },
  ]);
  const orders = permutations([0, 1, 2, 3, 4, 5]).filter((_, index) => index % 12 === 0);
  for (const [index, order] of orders.entries()) {
    await clear();
    const all = history();
    const sequence = order.flatMap((place) => all[place] ?? []);
    const size = 1 + (index % 3);
    for (let from = 0; from < sequence.length; from += size) await handle(sequence.slice(from, from + size));
    expect(await state(), order.join()).toEqual(expected);
    expect([...(await indexedRows()).keys()].sort()).toEqual([bold, t1w].sort());
    expect((await indexedRows()).get(bold)).toEqual([
      expected.scans[0]?.metadata,
      expected.scans[0]?.subjectAttributes,
      expected.scans[0]?.sessionAttributes,
      [bold, bold.replace(".nii.gz", ".json"), "sub-01/ses-1/func/sub-01_ses-1_task-rest_events.tsv"].sort((a, b) =>
        a === bold ? -1 : b === bold ? 1 : a < b ? -1 : 1,
      ),
    ]);
  }
});

test("replicas that handle a scan and what speaks of it at the same moment do not miss each other", async () => {
  for (const [path, content] of Object.entries(contents)) await objects.put(`datasets/d/${path}`, Buffer.from(content));
  const history = (): Change[] => [
    scan(1, bold, [file(bold, "image")]),
    scan(1, t1w, [file(t1w, "image")]),
    tables(1, [file("task-rest_bold.json")]),
    tables(1, [file("participants.tsv")]),
    tables(1, [file("sub-01/sub-01_sessions.tsv")]),
  ];
  await handle(history());
  const expected = await state();
  for (let round = 0; round < 15; round += 1) {
    await clear();
    await Promise.all(shuffled(history(), round).map((event) => handle([event])));
    expect(await state()).toEqual(expected);
  }
});

test("what was published last counts, also when things change and go, in whatever order it is received", {
  timeout: 120_000,
}, async () => {
  for (const [path, content] of Object.entries(contents)) await objects.put(`datasets/d/${path}`, Buffer.from(content));
  const history = (): Change[] => [
    scan(1, bold, [file(bold, "image")]),
    received("scan.removed", 2, { dataset: "d", path: bold, remover: "ada" }),
    scan(3, bold, [file(bold, "image"), file(bold.replace(".nii.gz", ".json"), "json")]),
    scan(1, t1w, [file(t1w, "image")]),
    received("scan.removed", 4, { dataset: "d", path: t1w, remover: "ada" }),
    tables(1, [file("task-rest_bold.json"), file("participants.tsv")]),
    tables(2, [], ["task-rest_bold.json", "participants.tsv"]),
    tables(5, [file("participants.tsv")]),
    tables(1, [file("phenotype/bdi.tsv"), file("sub-01/ses-1/sub-01_ses-1_scans.tsv"), file("phenotype/mood.tsv")]),
    tables(2, [], ["phenotype/bdi.tsv", "sub-01/ses-1/sub-01_ses-1_scans.tsv"]),
    tables(4, [file("phenotype/bdi.tsv")]),
    tables(4, [], ["phenotype/mood.tsv"]),
  ];
  for (const event of history()) await handle([event]);
  const expected = await state();
  expect(expected.scans).toMatchObject([{ path: bold, metadata: { TaskName: "own" }, subjectAttributes: { age: 20 } }]);
  expect(expected.scans).toMatchObject([
    { subjectAttributes: { phenotype: { bdi: { total: 7 } } }, sessionAttributes: { age: 20 }, scanAttributes: null },
  ]);
  expect(expected.scans).toHaveLength(1);
  for (let seed = 1; seed <= 40; seed += 1) {
    await clear();
    const sequence = shuffled(history(), seed);
    for (let from = 0; from < sequence.length; from += 1 + (seed % 4))
      await handle(sequence.slice(from, from + 1 + (seed % 4)));
    expect(await state(), `seed ${seed}`).toEqual(expected);
    expect([...(await indexedRows()).keys()], `seed ${seed}`).toEqual([bold]);
  }
});

test("thousands of scans are indexed in batches, and a changed sidecar at the root changes all of them", {
  timeout: 120_000,
}, async () => {
  const uploads: Change[] = [];
  for (let subject = 0; subject < 1_000; subject += 1) {
    const label = String(subject).padStart(4, "0");
    const path = `sub-${label}/anat/sub-${label}_T1w.nii.gz`;
    await objects.put(`datasets/d/${path}`, Buffer.from(label));
    uploads.push(scan(2, path, [fileOf(path, label)]));
  }
  await objects.put("datasets/d/T1w.json", Buffer.from('{"EchoTime":1}'));
  const began = performance.now();
  await handle([tables(1, [fileOf("T1w.json", '{"EchoTime":1}')])]);
  for (let from = 0; from < uploads.length; from += 500) await handle(uploads.slice(from, from + 500));
  const indexed = performance.now() - began;
  await objects.put("datasets/d/T1w.json", Buffer.from('{"EchoTime":2}'));
  await handle([tables(3, [fileOf("T1w.json", '{"EchoTime":2}')])]);
  const merged = performance.now() - began - indexed;
  const [row] = await sql`select count(*)::int as changed from catalog.scans where metadata @> '{"EchoTime": 2}'`;
  expect(row).toEqual({ changed: 1_000 });
  console.info(`1,000 scans indexed in ${Math.round(indexed)} ms, merged anew in ${Math.round(merged)} ms`);
});

test("an announcement of bytes that were replaced, removed or deleted since comes late, and is no fault", async () => {
  const [newer, older] = [fileOf(t1w, "newer", "image"), fileOf(t1w, "older", "image")];
  await objects.put(`datasets/d/${t1w}`, Buffer.from("newer"));
  await handle([scan(2, t1w, [newer])]);
  await handle([scan(1, t1w, [older])]);
  const shas = async () =>
    (await sql<{ sha256: string }[]>`select sha256 from catalog.scans`).map(({ sha256 }) => sha256);
  expect(await shas()).toEqual([newer.sha256]);
  // What nothing newer explains may still be explained by an event on its way.
  await expect(handle([scan(3, t1w, [older])])).rejects.toThrow("cannot be believed yet");
  await objects.delete([`datasets/d/${t1w}`]);
  await handle([received("scan.removed", 4, { dataset: "d", path: t1w, remover: "ada" })]);
  await handle([scan(3, t1w, [older])]);
  expect(await shas()).toEqual([]);
});
