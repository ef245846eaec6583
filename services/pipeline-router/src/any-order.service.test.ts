import { randomUUID } from "node:crypto";
import { scanFactsToMessage } from "@rollerblade/events";
import { analysis, demo, scan } from "@rollerblade/pipeline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { idle, type RouterWorld, startRouterWorld } from "./testing/router-world.ts";

let it: RouterWorld;

beforeAll(async () => {
  it = await startRouterWorld();
  await it.startRouter();
  for (const name of ["brain-mask", "tissue-volumes", "group-report"] as const) await it.create(analysis(name));
});

afterAll(() => it.stop());

const source = (dataset: string): string => demo.replace("demo*", dataset);
const reports = () => it.asked.filter(({ rule }) => rule === "report");

test("two routers start each slice once and the report once, though each receives only a part", async () => {
  const dataset = "two";
  await it.apply(dataset, source(dataset));
  const scans = Array.from({ length: 40 }, (_, index) => scan({ dataset, subject: `${index}` }));
  const batch = randomUUID();
  await it.publish("batch.opened", {
    batch,
    dataset,
    expiresAt: { seconds: BigInt(Math.floor(Date.now() / 1000) + 600) },
  });
  await Promise.all(scans.map((one) => it.index(one)));
  await it.publish("batch.indexed", { batch, dataset });
  await it.settle(dataset);
  expect(it.asked.filter(({ rule }) => rule === "mask")).toHaveLength(40);
  expect(it.asked.filter(({ rule }) => rule === "volumes")).toHaveLength(40);
  expect(reports()).toHaveLength(1);
  expect(reports()[0]?.request.inputs[0]?.members).toHaveLength(40);
  expect(new Set(it.asked.map(({ decision, round }) => `${decision} ${round}`)).size).toBe(81);
});

test("an older word never undoes a newer one, and what is deleted stays deleted", async () => {
  const dataset = "order";
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  const facts = (revision: number, content: string) => ({
    scan: scanFactsToMessage({ ...scan({ dataset, subject: "01", content }), revision }),
  });
  await it.publish("scan.indexed", facts(9, "new"));
  await it.publish("scan.indexed", facts(3, "old"));
  const { path } = scan({ dataset, subject: "02" });
  await it.publish("scan.withdrawn", { dataset, path, subject: "02", revision: 8n });
  await it.publish("scan.indexed", { scan: scanFactsToMessage({ ...scan({ dataset, subject: "02" }), revision: 7 }) });
  await it.settle(dataset);
  expect(it.asked.map(({ rule, request }) => [rule, request.slice.subject])).toEqual([
    ["mask", "01"],
    ["volumes", "01"],
    ["report", null],
  ]);
});

test("an answer that comes before its outputs, or twice, changes nothing", async () => {
  const dataset = "answers";
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  await it.index(scan({ dataset, subject: "01" }));
  await idle(it.sql, it);
  const [mask] = it.asked;
  if (mask === undefined) throw new Error("nothing was asked");
  const early = { decision: mask.decision, round: 1, outcome: "ran", derivatives: [randomUUID()], revision: 1n };
  await it.publish("task.finished", early);
  await idle(it.sql, it);
  expect(it.asked).toHaveLength(1);
  await it.settle(dataset);
  await it.publish("task.finished", early);
  await it.settle(dataset);
  expect(it.asked.map(({ rule }) => rule)).toEqual(["mask", "volumes", "report"]);
});

test("a batch that was given up holds nothing up once it has expired", async () => {
  const dataset = "expired";
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  await it.publish("batch.opened", { batch: randomUUID(), dataset, expiresAt: { seconds: 1n } });
  await it.index(scan({ dataset, subject: "01" }));
  await it.settle(dataset);
  expect(reports()).toHaveLength(1);
});

test("the sweep asks again for what nobody answered, in the same round", async () => {
  const dataset = "unanswered";
  const hurried = await it.startRouter({ sweepSeconds: 0.3, resendSeconds: 0.2 });
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  await it.index(scan({ dataset, subject: "01" }));
  await expect.poll(() => it.asked.length, { timeout: 20_000 }).toBeGreaterThan(2);
  await hurried.stop();
  expect(new Set(it.asked.map(({ decision, round }) => `${decision} ${round}`)).size).toBe(1);
});

test("a place that cannot be evaluated holds up no other", async () => {
  const dataset = "faulty";
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  const whole = scan({ dataset, subject: "01" });
  await it.index({ ...scan({ dataset, subject: "02" }), files: [] }, whole);
  await expect.poll(() => it.asked.map(({ request }) => request.slice.scan), { timeout: 20_000 }).toEqual([whole.path]);
});

test("a decision that waits for a batch while what it made is erased makes it anew", async () => {
  const dataset = "erased";
  it.asked.length = 0;
  await it.apply(dataset, source(dataset));
  await it.index(scan({ dataset, subject: "01" }));
  await it.settle(dataset);
  const before = it.asked.length;
  const batch = randomUUID();
  // Nobody evaluates the subject between its deletion and its next import.
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const holding = it.sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`pipeline-router/${dataset}/01`}, 0))`;
    hold();
    await released;
  });
  await held;
  await it.publish("dataset.deleted", { dataset, deleter: "test" });
  it.derivatives.clear();
  it.ran.clear();
  await it.publish("batch.opened", {
    batch,
    dataset,
    expiresAt: { seconds: BigInt(Math.floor(Date.now() / 1000) + 600) },
  });
  const again = scanFactsToMessage({ ...scan({ dataset, subject: "01" }), revision: Date.now() * 2 });
  await it.publish("scan.indexed", { scan: again, batch });
  const known = async () =>
    (await it.sql`select from pipeline_router.scans where dataset = ${dataset} and not withdrawn and batch = ${batch}`)
      .length;
  await expect.poll(known).toBe(1);
  release();
  await holding;
  await idle(it.sql, it);
  await it.publish("dataset.erased", { dataset });
  await idle(it.sql, it);
  await it.publish("batch.indexed", { batch, dataset });
  const status = await it.settle(dataset);
  expect(status.settled).toBe(true);
  expect(it.asked.slice(before).map(({ rule }) => rule)).toEqual(["mask", "volumes", "report"]);
});
