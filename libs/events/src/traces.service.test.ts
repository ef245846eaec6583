import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestServers } from "@rollerblade/embedded/testing";
import { type SpanLine, startTelemetry, withSpan } from "@rollerblade/telemetry";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { testService } from "./testing/test-service.ts";
import { topologyOf } from "./testing/topology-of.ts";

const servers = await startTestServers();
const folder = await mkdtemp(join(tmpdir(), "rollerblade-spans-"));
const file = join(folder, "spans.jsonl");
const telemetry = await startTelemetry({ service: "test", file });
afterAll(async () => {
  await servers.stop();
  await rm(folder, { recursive: true });
});

const spans = async (traceId: string): Promise<SpanLine[]> => {
  await telemetry.flush();
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  const all: SpanLine[] = lines.map((line) => JSON.parse(line));
  return all.filter((span) => span.traceId === traceId);
};

test("one trace leads through two events of a batch; another event of the same batch has its own", async () => {
  const one = await testService({
    ...servers,
    name: "traced",
    topology: topologyOf({ name: "traced", topics: ["scan.uploaded", "scan.removed"] }),
  });
  onTestFinished(() => one.stop(500));
  const traceparents: string[] = [];
  one.events.subscribe({
    durable: "traced",
    handlers: {
      "scan.uploaded": async (events, tx) => {
        const removals = events.map(({ cause, message }) => ({
          topic: "scan.removed" as const,
          message: { dataset: message.dataset, path: message.path, remover: "ada" },
          cause,
        }));
        await one.events.emitAll(tx, removals);
      },
      "scan.removed": async (events) => void traceparents.push(...events.map(({ message }) => message.path)),
    },
  });
  // Both are emitted before the service listens, so that they are handled in one batch.
  const traces: string[] = [];
  for (const path of ["a", "b"]) {
    await withSpan(`upload ${path}`, {}, async (span) => {
      traces.push(span.spanContext().traceId);
      await one.sql.begin((tx) => one.events.emit(tx, "scan.uploaded", { dataset: "tr", path, uploader: "ada" }));
    });
  }
  await one.events.start();
  await expect.poll(() => traceparents.toSorted()).toEqual(["a", "b"]);
  for (const [index, trace] of traces.entries()) {
    await expect.poll(async () => (await spans(trace)).length).toBe(5);
    const found = await spans(trace);
    const named = (name: string) => found.find((span) => span.name === name);
    expect(named("publish scan.uploaded")).toMatchObject({
      kind: "producer",
      service: "ingest",
      parentSpanId: named(`upload ${"ab"[index]}`)?.spanId,
    });
    expect(named("process scan.uploaded")).toMatchObject({
      kind: "consumer",
      parentSpanId: named("publish scan.uploaded")?.spanId,
    });
    expect(named("publish scan.removed")?.parentSpanId).toBe(named("process scan.uploaded")?.spanId);
    expect(named("process scan.removed")?.parentSpanId).toBe(named("publish scan.removed")?.spanId);
  }
});

test("the metrics count what was published and what became of it", async () => {
  const one = await testService({ ...servers, name: "counted", topology: topologyOf({ name: "counted" }) });
  onTestFinished(() => one.stop(500));
  one.events.subscribe({ durable: "counted", handlers: { "scan.uploaded": async () => {} } });
  await one.events.start();
  await one.sql.begin((tx) => one.events.emit(tx, "scan.uploaded", { dataset: "co", path: "a", uploader: "ada" }));
  await expect
    .poll(() => one.registry.metrics())
    .toMatch(
      /rollerblade_events_delivered_total\{durable="counted",topic="scan.uploaded",outcome="handled",service="counted"\} 3/,
    );
  await expect
    .poll(() => one.registry.metrics())
    .toMatch(/rollerblade_events_published_total\{topic="scan.uploaded",service="counted"\} 1/);
  const metrics = await one.registry.metrics();
  expect(metrics).toMatch(/rollerblade_events_handling_seconds_count\{service="counted",durable="counted"\} [1-9]/);
});
