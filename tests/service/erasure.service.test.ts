import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { referenceKey, sliceBodyKey } from "@rollerblade/abids/bucket-layout";
import {
  accountsRoutes,
  catalogRoutes,
  correctionRoutes,
  ratingRoutes,
  routerRoutes,
  schedulerRoutes,
} from "@rollerblade/client";
import { connectNats, newEventId, publish } from "@rollerblade/events";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

/** Whatever is planted here must be nowhere after the deletion: labels, attributes, metadata, words of logs. */
const world = await startServicesWorld(
  [ingest, catalog, scheduler, pipelineRouter, tagger, gateway],
  { catalog: { sweepSeconds: 1, eraseSeconds: 2 }, ingest: { sweepSeconds: 1 }, tagger: { sweepSeconds: 1 } },
  // Seven services in one process: with the usual pools they could ask PostgreSQL for more connections than it has.
  { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_DATABASE_POOL: "4" },
);
const { sql, scratch, servers } = world;
const connection = await connectNats({ url: servers.natsUrl, name: "erasure test" });
afterAll(async () => {
  await connection.close();
  await world.stop();
});
const [importer, asker, runner, router] = [
  world.admin("ingest"),
  world.admin("catalog"),
  world.admin("scheduler"),
  world.admin("pipeline-router"),
];

/** The gateway, which records every request. */
const door = world.admin("gateway");

const dataset = "zqstudy";
const people = ["Zq7Plant", "Ke1", "Ke2"] as const;
/** Words that speak of one person alone. */
const planted = {
  label: "Zq7Plant",
  attribute: "zqattribute",
  metadata: "zqinstitution",
  phenotype: "zqphenotype",
  entity: "zqacquisition",
  task: "zqtask",
  event: "zqtrial",
};
const keptWords = { attribute: "keattribute", metadata: "keinstitution" };

const write = (path: string, content: string): void => {
  mkdirSync(dirname(join(scratch, path)), { recursive: true });
  writeFileSync(join(scratch, path), content);
};

const putObject = (key: string, content: string): void => {
  const path = join(fileURLToPath(servers.objectsUrl), key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};

const create = async (name: string, script: string, manifest: string): Promise<void> => {
  write(`${name}/main.sh`, script);
  const text = `name: ${name}\nversion: 1.0.0\nprocess: [sh, main.sh]\nreads: [subject.label, subject.note]\nresources: {timeout: 30s}\nretry: {attempts: 1}\n${manifest}`;
  const folder = join(scratch, name);
  await runner.call(schedulerRoutes.createAnalysis, {
    body: { manifest: text, folder, file: join(folder, "analysis.yaml") },
  });
};

const wait = { timeout: 120_000, interval: 200 };

beforeAll(async () => {
  write("study/dataset_description.json", '{"Name": "study", "BIDSVersion": "1.10.0", "DatasetType": "raw"}');
  const word = (label: string): string => (label === planted.label ? planted.attribute : keptWords.attribute);
  write(
    "study/participants.tsv",
    `participant_id\tnote\n${people.map((label) => `sub-${label}\t${word(label)}\n`).join("")}`,
  );
  write(
    "study/phenotype/test.tsv",
    `participant_id\tscore\n${people.map((label) => `sub-${label}\t${label === planted.label ? planted.phenotype : "1"}\n`).join("")}`,
  );
  for (const label of people) {
    write(`study/sub-${label}/anat/sub-${label}_T1w.nii.gz`, `T1w of ${label}`);
    const institution = label === planted.label ? planted.metadata : keptWords.metadata;
    write(`study/sub-${label}/anat/sub-${label}_T1w.json`, JSON.stringify({ InstitutionName: institution }));
  }
  // What nobody else has in the names of their files and in their events.
  const named = `study/sub-${planted.label}/func/sub-${planted.label}_task-${planted.task}_acq-${planted.entity}`;
  write(`${named}_bold.nii.gz`, `BOLD of ${planted.label}`);
  write(`${named}_bold.json`, JSON.stringify({ TaskName: planted.task, RepetitionTime: 2 }));
  write(`${named}_events.tsv`, `onset\tduration\ttrial_type\n1\t2\t${planted.event}\n`);
  await create(
    "mark",
    "cat $ROLLERBLADE_IN/slice.json; cp $ROLLERBLADE_IN/slice.json $ROLLERBLADE_OUT/table.json\n",
    `level: scan\ninputs: {t1w: {suffix: T1w, extension: .nii.gz}}\noutputs: {table: {name: "{entities}_desc-mark_T1w.json"}}`,
  );
  await create(
    "fails",
    "cat $ROLLERBLADE_IN/slice.json >&2; exit 1\n",
    `level: scan\ninputs: {t1w: {suffix: T1w, extension: .nii.gz}}\nparameters: {type: object, properties: {who: {type: string}}}\noutputs: {table: {name: "{entities}_desc-fails_T1w.json"}}`,
  );
  await create(
    "group",
    "cp $ROLLERBLADE_IN/slice.json $ROLLERBLADE_OUT/table.json\n",
    `level: dataset\ninputs: {t1ws: {suffix: T1w, extension: .nii.gz, many: true}}\noutputs: {table: {name: "{entities}_desc-group_table.json"}}`,
  );
  const source = `
datasets: [${dataset}]
rules:
  - name: mark
    on: {scan: {suffix: T1w}}
    run: {analysis: mark, version: ^1}
tags:
  - name: words
    from: {analysis: mark, output: table}
    title: Words
    show: {kind: metric, value: /subject}
`;
  await router.call(routerRoutes.applyPipeline, { params: { name: "words" }, body: { source } });
  await importDataset({ client: importer, directory: join(scratch, "study"), dataset });
  await vi.waitFor(
    async () => expect(await (async () => (await rows("catalog.derivatives")) >= people.length)()).toBe(true),
    wait,
  );
  const all = `dataset.name == "${dataset}"`;
  for (const [analysis, query, parameters] of [
    ["group", all, {}],
    ["fails", `${all} && subject.label == "${planted.label}"`, { who: `sub-${planted.label}` }],
  ] as const) {
    const { id } = await runner.call(schedulerRoutes.createRun, { body: { analysis, query, parameters } });
    await vi.waitFor(
      async () =>
        expect(await (async () => (await runner.call(schedulerRoutes.showRun, { params: { id } })).state)()).toBe(
          "finished",
        ),
      wait,
    );
  }
  // A pin of a saved query lists the slices that it found, and why somebody was let in may name a person.
  const saved = { expression: all, level: "scan", description: "everybody" } as const;
  await asker.call(catalogRoutes.saveQuery, { params: { name: "everybody" }, body: saved });
  await asker.call(catalogRoutes.pinQuery, { params: { name: "everybody", pin: "first" } });
  await world.admin("accounts").call(accountsRoutes.giveGrant, {
    params: { kind: "dataset", resource: dataset, grantee: "everyone" },
    body: { role: "viewer", reason: `to look at sub-${planted.label}` },
  });
  // An image of the person was rated, in words that name them.
  const image = `sub-${planted.label}/anat/sub-${planted.label}_T1w.nii.gz`;
  const rated = await runner.call(ratingRoutes.rate, {
    params: { dataset },
    body: { path: image, verdict: "fail", note: `sub-${planted.label} moved` },
  });
  await vi.waitFor(
    async () =>
      expect(
        await sql`select path from catalog.derivatives where dataset = ${dataset} and analysis = ${rated.analysis}`,
      ).toHaveLength(2),
    wait,
  );
  // What another team says of the person is refused, and stands in the stream under the team's name.
  await publish(
    "scan.uploaded",
    { dataset, path: `sub-${planted.label}/anat/sub-${planted.label}_bold.nii.gz`, files: [] },
    { url: servers.natsUrl, source: "lab" },
  );
  // A command for an analysis that nobody knows becomes a dead letter.
  const slice = { level: "subject", dataset, subject: planted.label };
  await publish(
    "run.requested",
    {
      ...{
        run: newEventId(),
        analysis: "unknown",
        version: "1.0.0",
        parameters: {},
        priority: "pipeline",
        owner: "service",
      },
      slices: [{ decision: newEventId(), round: 1, sequence: 1n, slice, body: Buffer.from(JSON.stringify(slice)) }],
    },
    { url: servers.natsUrl, source: "pipeline-router" },
  );
  // A cell that was corrected has a history, and the scan a note of its change.
  await importer.call(correctionRoutes.correct, {
    params: { dataset },
    body: {
      subject: planted.label,
      values: { note: `${planted.attribute} later` },
      reason: `sub-${planted.label} said so`,
    },
  });
  await vi.waitFor(
    async () =>
      expect((await inTables(planted.attribute)).some((hit) => hit.startsWith("catalog.scan_changes"))).toBe(true),
    wait,
  );
  // Lists of sources and requests that are too long for a message lie in the bucket; those of three people are not.
  const [task] = await sql<
    { id: string }[]
  >`select id from scheduler.tasks where analysis = 'group' and outcome = 'ran'`;
  putObject(referenceKey(task?.id ?? ""), JSON.stringify([{ dataset, path: image, sha256: "" }]));
  const [decision] = await sql<{ id: string }[]>`
    select id from pipeline_router.decisions where subject = ${planted.label} and rule = 'mark'`;
  putObject(sliceBodyKey(decision?.id ?? "", 1), JSON.stringify({ scan: image }));
  await vi.waitFor(
    async () =>
      expect(await (async () => (await inStreams(planted.label)).some((hit) => hit.includes("DEAD_LETTERS")))()).toBe(
        true,
      ),
    wait,
  );
}, 180_000);

const rows = async (table: "catalog.derivatives" | "catalog.subjects"): Promise<number> => {
  const [row] = await sql<
    { count: number }[]
  >`select count(*)::int as count from ${sql(table)} where dataset = ${dataset}`;
  return row?.count ?? 0;
};

/** Tables of all schemas, with rows that hold a word as text, or as bytes. */
const inTables = async (word: string): Promise<string[]> => {
  const tables = await sql<{ schema: string; name: string }[]>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const hex = Buffer.from(word).toString("hex");
  const found = await Promise.all(
    tables.map(async ({ schema, name }) => {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from ${sql(schema)}.${sql(name)} as t
        where position(${word} in t::text) > 0 or position(${hex} in t::text) > 0`;
      return (row?.count ?? 0) === 0 ? [] : [`${schema}.${name}: ${row?.count} × ${word}`];
    }),
  );
  return found.flat();
};

/** Messages of all streams that hold a word; dead letters hold their event in base64. */
const inStreams = async (word: string): Promise<string[]> => {
  const manager = await jetstreamManager(connection);
  const hits: string[] = [];
  for await (const { config } of manager.streams.list()) {
    if (config.name === "COMMANDS") continue;
    const consumer = await jetstream(connection).consumers.get(config.name, { deliver_policy: DeliverPolicy.All });
    for (let left = (await consumer.info()).num_pending; left > 0; ) {
      const before = left;
      left = 0;
      // What is erased meanwhile never comes.
      for await (const message of await consumer.fetch({ max_messages: before, expires: 1_000 })) {
        left = message.info.pending;
        const letter = config.name === "DEAD_LETTERS" ? message.json<{ body: string }>().body : "";
        const text = `${message.string()}${Buffer.from(letter ?? "", "base64").toString()}`;
        if (text.includes(word)) hits.push(`stream ${config.name}: ${message.subject}: ${word}`);
      }
    }
    await consumer.delete();
  }
  return hits;
};

/** Files below the folders of NATS, of the bucket and of attempts that hold a word, or are named by it. */
const inFiles = (word: string): string[] => {
  const objects = fileURLToPath(servers.objectsUrl);
  return ["nats", "objects"].flatMap((folder) =>
    readdirSync(join(objects, "..", folder), { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const holds = path.includes(word) || (entry.isFile() && readFileSync(path, "latin1").includes(word));
      return holds ? [`${path.slice(objects.length - "objects".length)}: ${word}`] : [];
    }),
  );
};

const search = async (words: readonly string[]): Promise<string[]> => {
  const hits = await Promise.all(
    words.map(async (word) => [...(await inTables(word)), ...(await inStreams(word)), ...inFiles(word)]),
  );
  return hits.flat();
};

test("after a person is deleted no table, stream, dead letter, object or log holds a word of theirs", async () => {
  const words = Object.values(planted);
  let before: string[] = [];
  // The files of a folder follow its derivatives a while later.
  await vi.waitFor(async () => {
    before = await search(words);
    for (const store of [
      "catalog.outbox",
      "catalog.scan_changes",
      "catalog.pinned",
      "catalog.fields",
      "ingest.corrections",
      "scheduler.tasks",
      "stream EVENTS",
      "stream EVENTS: rollerblade.from.lab.",
      "stream DEAD_LETTERS",
      "nats/",
      "objects/datasets/zqstudy/derivatives/mark-1.0.0/.rollerblade/provenance.jsonl",
      "objects/logs/",
      "objects/references/",
      "objects/staging/slices/",
    ])
      expect(
        before.some((hit) => hit.startsWith(store)),
        store,
      ).toBe(true);
  }, wait);
  const path = `sub-${planted.label}/anat/sub-${planted.label}_T1w.nii.gz`;
  const { url } = await door.call(catalogRoutes.linkFile, { query: { dataset, path } });
  const link = new URL(url ?? "");
  expect((await fetch(new URL(`${link.pathname}${link.search}`, world.url("gateway")))).status).toBe(200);
  const begin = performance.now();
  await door.call(catalogRoutes.deleteSubject, { params: { dataset, subject: planted.label } });
  await vi.waitFor(async () => expect(await search(words)).toEqual([]), { timeout: 60_000, interval: 500 });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`erasure of a person: ${before.length} places before, 0 after ${seconds} s, with rounds of 2 s`);
  expect(await sql`select from catalog.deletions where erased_at is not null`).toHaveLength(1);
  // The others are as they were.
  expect(await rows("catalog.subjects")).toBe(2);
  expect((await search([keptWords.attribute])).length).toBeGreaterThan(0);
}, 240_000);

test("an erased person is still kept out by an import", async () => {
  await importDataset({ client: importer, directory: join(scratch, "study"), dataset });
  expect(await rows("catalog.subjects")).toBe(2);
  expect((await inTables(planted.attribute)).filter((hit) => hit.startsWith("catalog.subjects"))).toEqual([]);
}, 60_000);

test("after a dataset is deleted nothing of its people is left", async () => {
  const words = ["Ke1", "Ke2", planted.label, ...Object.values(keptWords)];
  const begin = performance.now();
  await asker.call(catalogRoutes.deleteDataset, { params: { dataset } });
  await vi.waitFor(async () => expect(await search(words)).toEqual([]), { timeout: 60_000, interval: 500 });
  console.log(
    `erasure of a dataset: 0 places after ${((performance.now() - begin) / 1000).toFixed(1)} s, with rounds of 2 s`,
  );
}, 90_000);
