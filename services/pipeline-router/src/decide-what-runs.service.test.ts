import { randomUUID } from "node:crypto";
import type { DerivativeFacts } from "@rollerblade/abids/facts";
import { executionKey } from "@rollerblade/analysis";
import { routerRoutes } from "@rollerblade/client";
import { derivativeFactsToMessage, sourcesObject, withSourcesIn } from "@rollerblade/events";
import { adults, analysis, demo, scan } from "@rollerblade/pipeline/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { idle, type RouterWorld, startRouterWorld } from "./testing/router-world.ts";

let it: RouterWorld;

beforeAll(async () => {
  it = await startRouterWorld();
  for (const name of ["brain-mask", "tissue-volumes", "group-report"] as const) await it.create(analysis(name));
});

afterAll(() => it.stop());

let number = 0;
let dataset = "";

beforeEach(async () => {
  dataset = `d${++number}`;
  it.ran.clear();
  it.asked.length = 0;
});

const source = (text = demo): string => text.replace("demo*", dataset);
const subjects = (count: number, age = 30) =>
  Array.from({ length: count }, (_, index) =>
    scan({ dataset, subject: `${index + 1}`.padStart(2, "0"), attributes: { age } }),
  );

const counts = (asked: readonly { rule: string }[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { rule } of asked) found[rule] = (found[rule] ?? 0) + 1;
  return found;
};

describe("the demo", () => {
  test("runs 25 executions; applied again it asks for all of them again and everything is in place", async () => {
    await it.index(...subjects(12));
    await it.apply(dataset, source());
    const first = await it.settle(dataset);
    expect(counts(it.asked)).toEqual({ mask: 12, volumes: 12, report: 1 });
    expect(first.rules.map(({ ran }) => ran)).toEqual([12, 12, 1]);
    it.asked.length = 0;
    await it.apply(dataset, source());
    const second = await it.settle(dataset);
    expect(counts(it.asked)).toEqual({ mask: 12, volumes: 12, report: 1 });
    expect(second.rules.map(({ inPlace }) => inPlace)).toEqual([12, 12, 1]);
    expect(second.settled).toBe(true);
    expect(it.asked.every(({ round, priority }) => round === 2 && priority === "backfill")).toBe(true);
  });

  test("a corrected age runs only what reads it, and a deleted subject makes the report anew", async () => {
    await it.apply(dataset, source());
    await it.index(...subjects(3));
    await it.settle(dataset);
    it.asked.length = 0;
    await it.index(scan({ dataset, subject: "02", attributes: { age: 31 } }));
    await it.settle(dataset);
    expect(counts(it.asked)).toEqual({ volumes: 1, report: 1 });
    it.asked.length = 0;
    await it.publish("subject.deleted", { dataset, subject: "01", deleter: "test" });
    await it.settle(dataset);
    expect(counts(it.asked)).toEqual({ report: 1 });
    expect(it.asked[0]?.request.inputs[0]?.members).toHaveLength(2);
  });
});

test("each text that was in force is kept until the document is removed, and no name brings back those of another one", async () => {
  const [first, second] = [source(), `${source()}# again\n`];
  for (const text of [first, second, first]) await it.apply(dataset, text);
  const params = { name: dataset };
  const { items, next } = await it.client.call(routerRoutes.listPipelineVersions, { params, query: { limit: 2 } });
  expect(items.map(({ revision, source: text }) => [revision, text])).toEqual([
    [3, first],
    [2, second],
  ]);
  const rest = await it.client.call(routerRoutes.listPipelineVersions, { params, query: { after: next ?? "" } });
  expect(rest.items.map(({ revision, source: text }) => [revision, text])).toEqual([[1, first]]);
  await it.client.call(routerRoutes.removePipeline, { params });
  await expect(it.client.call(routerRoutes.listPipelineVersions, { params, query: {} })).rejects.toMatchObject({
    code: "not-found",
  });
  await it.apply(dataset, second);
  const anew = await it.client.call(routerRoutes.listPipelineVersions, { params, query: {} });
  expect(anew.items.map(({ revision, source: text }) => [revision, text])).toEqual([[5, second]]);
});

test("what is new since the document was applied goes before what was there, through all rules; so does a retry", async () => {
  const priorities = () => [...new Set(it.asked.map(({ rule, priority }) => `${rule} ${priority}`))].sort();
  await it.index(...subjects(2));
  await idle(it.sql, it);
  await it.apply(dataset, source());
  await it.settle(dataset);
  expect(priorities()).toEqual(["mask backfill", "report backfill", "volumes backfill"]);
  it.asked.length = 0;
  await it.index(scan({ dataset, subject: "03", attributes: { age: 30 } }));
  await it.settle(dataset, ({ rule }) => (rule === "report" ? "failed" : "ran"));
  expect(priorities()).toEqual(["mask pipeline", "report pipeline", "volumes pipeline"]);
  await it.apply(dataset, source());
  await it.settle(dataset);
  it.asked.length = 0;
  await it.client.call(routerRoutes.retryPipeline, { params: { name: dataset }, body: {} });
  await it.settle(dataset);
  expect(priorities()).toEqual(["report pipeline"]);
});

test("a decision says why", async () => {
  const ages = [30, 8, null].map((age, index) => scan({ dataset, subject: `0${index + 1}`, attributes: { age } }));
  await it.index(...ages, scan({ dataset, subject: "04", suffix: "T2w" }));
  await idle(it.sql, it);
  await it.apply(dataset, source(adults));
  await it.settle(dataset);
  const why = async (subject: string) => {
    const { items } = await it.client.call(routerRoutes.explain, { query: { dataset, subject } });
    return items.map(({ rule, reason }) => `${rule}: ${reason}`);
  };
  const report = "report: waiting for tissue-volumes volumes: 1 of 2 (1 unknown)";
  expect(await why("01")).toEqual(["mask: started", "volumes: started", report]);
  expect(await why("02")).toEqual(["mask: started", "volumes: when is false", report]);
  expect(await why("03")).toEqual(["mask: started", "volumes: unknown: subject.age", report]);
  expect(await why("04")).toEqual([
    "mask: looks at no scan here: of sub-04/anat/sub-04_T2w.nii.gz, suffix is T2w, not T1w",
    "volumes: looks at mask of brain-mask, and none is expected here",
    report,
  ]);
});

test("a slice to which an analysis does not apply is counted apart, with the reason, and no group waits for it", async () => {
  const anySuffix = source().replace(
    "on: {derivative: {analysis: brain-mask, output: mask}}",
    "on: {scan: {suffix: [T1w, bold]}}",
  );
  await it.index(...subjects(2), scan({ dataset, subject: "03", suffix: "bold" }));
  await idle(it.sql, it);
  const { rules } = await it.client.call(routerRoutes.planPipeline, {
    params: { name: dataset },
    body: { source: anySuffix },
  });
  expect(rules.map(({ rule, notApplicable }) => [rule, notApplicable])).toEqual([
    ["mask", 0],
    ["volumes", 1],
    ["report", 0],
  ]);
  await it.apply(dataset, anySuffix);
  const status = await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 2, volumes: 2, report: 1 });
  expect(status).toMatchObject({ settled: true, rules: [{}, { notApplicable: 1, stuck: 0, failed: 0 }, {}] });
  const { items } = await it.client.call(routerRoutes.explain, { query: { dataset, subject: "03" } });
  expect(items.find(({ rule }) => rule === "volumes")).toMatchObject({
    progress: "not-applicable",
    reason: "not applicable: there is no T1w.nii.gz for t1w",
  });
});

test("an explanation tells the outcome, and what became of what is superseded", async () => {
  await it.index(scan({ dataset, subject: "01", attributes: { age: 30 } }));
  await it.apply(dataset, source(adults));
  await it.settle(dataset);
  const explained = async () => {
    const { items } = await it.client.call(routerRoutes.explain, { query: { dataset, subject: "01" } });
    return items.map(({ rule, outcome, before }) => [
      rule,
      outcome,
      before && [before.version, before.outcome, before.endedWhy],
    ]);
  };
  expect(await explained()).toEqual([
    ["mask", "ran", null],
    ["volumes", "ran", null],
    ["report", "ran", null],
  ]);
  await it.index(scan({ dataset, subject: "01", attributes: { age: 8 } }));
  await it.settle(dataset);
  expect(await explained()).toEqual([
    ["mask", "ran", null],
    ["volumes", null, ["1.0.0", "ran", "when is false"]],
    ["report", null, ["1.0.0", "ran", expect.any(String)]],
  ]);
});

test("a failure waits, and is asked for again by a retry", async () => {
  await it.index(...subjects(2));
  await it.apply(dataset, source());
  await it.settle(dataset, ({ rule }) => (rule === "mask" ? "failed" : "ran"));
  await it.apply(dataset, source());
  const status = await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 2 });
  expect(status.rules[0]?.failed).toBe(2);
  const { retried } = await it.client.call(routerRoutes.retryPipeline, { params: { name: dataset }, body: {} });
  expect(retried).toBe(2);
  await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 4, volumes: 2, report: 1 });
});

test("a retry at the very moment at which its document is applied again is not lost", async () => {
  await it.index(...subjects(1));
  await it.apply(dataset, source());
  await it.settle(dataset, () => "failed");
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const holding = it.sql.begin(async (tx) => {
    await tx`select from pipeline_router.decisions where dataset = ${dataset} for update`;
    hold();
    await released;
  });
  await held;
  const waiters = async () =>
    (await it.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length;
  // The retry waits for the row first; then the evaluation, which has read a failure by then.
  const retrying = it.client.call(routerRoutes.retryPipeline, { params: { name: dataset }, body: {} });
  await expect.poll(waiters).toBe(1);
  await it.apply(dataset, source());
  await expect.poll(waiters).toBe(2);
  release();
  await holding;
  expect(await retrying).toEqual({ retried: 1 });
  const status = await it.settle(dataset);
  expect(status.settled).toBe(true);
  expect(counts(it.asked)).toEqual({ mask: 2, volumes: 1, report: 1 });
});

test("what is answered while it is asked for once more keeps its answer", async () => {
  const hurried = await it.startRouter({ sweepSeconds: 0.3, resendSeconds: 0.2 });
  await it.index(...subjects(1));
  await it.apply(dataset, source());
  await expect.poll(() => it.asked.length).toBeGreaterThan(0);
  const [first] = it.asked;
  if (first === undefined) throw new Error("Nothing was asked.");
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const holding = it.sql.begin(async (tx) => {
    await tx`
      update pipeline_router.decisions set outcome = 'failed', failure = 'exit 1', answered_round = round, answer_revision = 1
      where id = ${first.decision}`;
    await expect
      .poll(
        async () =>
          it.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      .not.toEqual([]);
    release();
  });
  await released;
  await holding;
  await hurried.stop();
  await idle(it.sql, it);
  const [row] = await it.sql`select outcome from pipeline_router.decisions where id = ${first.decision}`;
  expect(row).toEqual({ outcome: "failed" });
});

test("a join waits for the batch that more scans may come with", async () => {
  const batch = crypto.randomUUID();
  await it.apply(dataset, source());
  await it.publish("batch.opened", {
    batch,
    dataset,
    expiresAt: { seconds: BigInt(Math.floor(Date.now() / 1000) + 600) },
  });
  await it.index(...subjects(2));
  await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 2, volumes: 2 });
  await it.publish("batch.indexed", { batch, dataset });
  await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 2, volumes: 2, report: 1 });
});

test("a plan says what would start, and starts nothing", async () => {
  await it.index(...subjects(3));
  await idle(it.sql, it);
  const plan = () =>
    it.client.call(routerRoutes.planPipeline, { params: { name: dataset }, body: { source: source() } });
  const before = await plan();
  expect(before.rules.map(({ rule, change, start, later }) => ({ rule, change, start, later }))).toEqual([
    { rule: "mask", change: "added", start: 3, later: 0 },
    { rule: "volumes", change: "added", start: 0, later: 3 },
    { rule: "report", change: "added", start: 0, later: 1 },
  ]);
  expect(it.asked).toEqual([]);
  await it.apply(dataset, source());
  await it.settle(dataset);
  const after = await plan();
  expect(after.rules.map(({ change, start, later, keep }) => ({ change, start, later, keep }))).toEqual([
    { change: "same", start: 0, later: 0, keep: 3 },
    { change: "same", start: 0, later: 0, keep: 3 },
    { change: "same", start: 0, later: 0, keep: 1 },
  ]);
});

test("a plan starts no rule that neither changes nor has other members, and names what differs in words", async () => {
  const mask = analysis("brain-mask");
  await it.create({ ...mask, manifest: { ...mask.manifest, name: "other-mask" } });
  await it.index(...subjects(3));
  await it.apply(dataset, source());
  await it.settle(dataset);
  const planOf = async (text: string) => {
    const { rules } = await it.client.call(routerRoutes.planPipeline, {
      params: { name: dataset },
      body: { source: text },
    });
    return rules.map(({ rule, change, changes, start, compute, keep, later }) => ({
      rule,
      change,
      changes,
      start,
      compute,
      keep,
      later,
    }));
  };
  const other = "rules:\n  - name: other\n    on: {scan: {suffix: T1w}}\n    run: {analysis: other-mask, version: ^1}";
  const same = { change: "same", changes: [], start: 0, compute: 0, later: 0 };
  expect(await planOf(source().replace("rules:", other))).toEqual([
    { rule: "other", change: "added", changes: [], start: 3, compute: 3, keep: 0, later: 0 },
    { rule: "mask", ...same, keep: 3 },
    { rule: "volumes", ...same, keep: 3 },
    { rule: "report", ...same, keep: 1 },
  ]);
  const changed = await planOf(
    source(adults).replace("suffix: T1w", "suffix: [T1w, T2w]").replace("complete: all", "complete: settled"),
  );
  expect(changed.flatMap(({ changes }) => changes)).toEqual([
    "on scans with suffix T1w → scans with suffix T1w or T2w",
    "when always → subject.age >= 18",
    "join all volumes of tissue-volumes by dataset → settled volumes of tissue-volumes by dataset",
  ]);
});

test("a document that is wrong is refused, and the last good one stays in force", async () => {
  await it.apply(dataset, source());
  await expect(it.apply(dataset, source().replace("T1w", "T1w}"))).rejects.toMatchObject({ code: "invalid" });
  await expect(it.apply(dataset, source().replace("^1", "^7"))).rejects.toThrow(/no version of brain-mask fits \^7/);
  await it.index(...subjects(1));
  await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ mask: 1, volumes: 1, report: 1 });
});

test("two documents that would make the same files are refused", async () => {
  await it.apply(dataset, source());
  await expect(it.apply(`${dataset}-again`, source())).rejects.toThrow(/makes the same files/);
});

test("a document that is taken out of force asks for nothing more", async () => {
  await it.index(...subjects(1));
  await it.apply(dataset, source());
  await it.settle(dataset);
  await it.client.call(routerRoutes.removePipeline, { params: { name: dataset } });
  it.asked.length = 0;
  await it.index(...subjects(2));
  await idle(it.sql, it);
  expect(it.asked).toEqual([]);
  const { items } = await it.client.call(routerRoutes.listDecisions, { query: { dataset } });
  expect(items).toEqual([]);
});

test("a large group's request goes by way of the bucket", async () => {
  await it.index(...subjects(300));
  await it.apply(dataset, source());
  await it.settle(dataset);
  const report = it.asked.find(({ rule }) => rule === "report");
  expect(report?.request.inputs[0]?.members).toHaveLength(300);
}, 120_000);

test("a derivative made from a group of thousands is known with all of its sources", async () => {
  const facts: DerivativeFacts = {
    ...{ id: randomUUID(), dataset, path: "derivatives/report-1.0.0/report.tsv", analysis: "report", version: "1.0.0" },
    ...{
      parametersHash: "",
      output: "table",
      key: "k",
      entities: {},
      datatype: null,
      suffix: "report",
      extension: ".tsv",
    },
    ...{ size: 1, sha256: `sha256:${"1".repeat(64)}`, sources: manySources(12_000), revision: 1 },
    slice: { level: "dataset", dataset, subject: null, session: null, scan: null },
  };
  const { key, body } = sourcesObject(facts.id, facts.sources);
  await it.objects.put(key, body);
  await it.publish("derivative.indexed", { derivative: withSourcesIn(derivativeFactsToMessage(facts, 1), key) });
  const known = async (): Promise<unknown> => {
    const [row] = await it.sql<
      { facts: string }[]
    >`select facts from pipeline_router.derivatives where id = ${facts.id}`;
    return row === undefined ? null : JSON.parse(row.facts);
  };
  await expect.poll(async () => (await known()) !== null).toBe(true);
  expect(await known()).toEqual(facts);
});

// The last test of the file, since its version takes part wherever a document is applied later.
test("what a document accepts of an older version stays, and one person is corrected alone", async () => {
  const accepting = source().replace("rules:", 'accept: {brain-mask: "^1"}\nrules:');
  await it.index(...subjects(3));
  await it.apply(dataset, accepting);
  await it.settle(dataset);
  const first = it.asked.find(({ rule, request }) => rule === "mask" && request.slice.subject === "02");
  if (first === undefined) throw new Error("No mask was asked for.");
  const newer = analysis("brain-mask", "1.1.0");
  await it.create(newer);
  const { rules } = await it.client.call(routerRoutes.planPipeline, {
    params: { name: dataset },
    body: { source: accepting },
  });
  expect(rules.map(({ start, compute, keep }) => [start, compute, keep])).toEqual([
    [0, 0, 3],
    [0, 0, 3],
    [0, 0, 1],
  ]);
  expect(rules[0]?.changes).toEqual(["version 1.0.0 → 1.1.0", "accepted versions none → 1.0.0"]);
  it.asked.length = 0;
  await it.apply(dataset, accepting);
  const status = await it.settle(dataset);
  expect(counts(it.asked)).toEqual({ volumes: 3, report: 1 });
  expect(status.rules.map(({ ran, inPlace }) => ran + inPlace)).toEqual([3, 3, 1]);
  const shown = await it.client.call(routerRoutes.showPipeline, { params: { name: dataset } });
  expect(shown.rules[0]).toMatchObject({ rule: "mask", version: "1.1.0", accepts: ["1.0.0"] });
  // Somebody runs the new version for one person.
  it.asked.length = 0;
  const old = [...it.derivatives.values()].find(
    ({ analysis: name, slice }) => name === "brain-mask" && slice.subject === "02" && slice.dataset === dataset,
  );
  if (old === undefined) throw new Error("No mask was made.");
  const key = executionKey({ ...newer, parameters: { threshold: 0.5 }, slice: first.request });
  const path = old.path.replace("1.0.0", "1.1.0");
  const facts = { ...old, id: randomUUID(), version: "1.1.0", key, path, sha256: `sha256:${"7".repeat(64)}` };
  it.derivatives.set(path, facts);
  await it.publish("derivative.indexed", { derivative: derivativeFactsToMessage(facts, 1) });
  await it.settle(dataset);
  const anew = it.asked.map(({ rule, version, request }) => `${rule} ${version} ${request.slice.subject}`);
  expect(anew.toSorted()).toEqual(["mask 1.1.0 02", "report 1.0.0 null", "volumes 1.0.0 02"]);
  const { items } = await it.client.call(routerRoutes.explain, { query: { dataset, subject: "01" } });
  expect(items.find(({ rule }) => rule === "mask")).toMatchObject({ version: "1.0.0", progress: "succeeded" });
});

const manySources = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    dataset,
    path: `sub-${index}/anat/sub-${index}_T1w.nii.gz`,
    sha256: `sha256:${"0".repeat(64)}`,
  }));
