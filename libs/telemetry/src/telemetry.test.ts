import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLogFile } from "./log-file.ts";
import { createLogger } from "./logger.ts";
import { type SpanLine, spanFileExporter } from "./span-file.ts";
import { startTelemetry, type Telemetry } from "./start-telemetry.ts";
import { contextFromTraceparent, currentTraceparent, extractTrace, injectTrace, withContext } from "./trace-context.ts";
import { withSpan } from "./with-span.ts";

const folder = mkdtempSync(join(tmpdir(), "telemetry-"));
const file = join(folder, "spans/spans.jsonl");
let telemetry: Telemetry;

beforeAll(async () => {
  telemetry = await startTelemetry({ service: "test", file });
});

afterAll(() => rmSync(folder, { recursive: true }));

const spans = async (): Promise<SpanLine[]> => {
  await telemetry.flush();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line): SpanLine => JSON.parse(line));
};

const foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("a trace goes through headers, a traceparent and nested spans", async () => {
  const headers = new Map<string, string>();
  await withSpan("outer", { kind: "server", parent: contextFromTraceparent(foreign) }, async () => {
    injectTrace((name, value) => headers.set(name, value));
    await withSpan("inner", { attributes: { dataset: "one" } }, async () => {});
  });
  const parent = extractTrace((name) => headers.get(name));
  await withSpan("far", { parent, links: [contextFromTraceparent(foreign)] }, () => {});

  const [inner, outer, far] = await spans();
  expect([inner?.name, outer?.name, far?.name]).toEqual(["inner", "outer", "far"]);
  expect(outer).toMatchObject({ parentSpanId: "b7ad6b7169203331", kind: "server", status: "ok", service: "test" });
  expect(inner).toMatchObject({ parentSpanId: outer?.spanId, attributes: { dataset: "one" } });
  expect(far).toMatchObject({ parentSpanId: outer?.spanId, links: [{ spanId: "b7ad6b7169203331" }] });
  expect(new Set([inner?.traceId, outer?.traceId, far?.traceId])).toEqual(
    new Set(["0af7651916cd43dd8448eb211c80319c"]),
  );
});

test("a span whose work fails is marked as failed, and the error is thrown on", async () => {
  await expect(withSpan("failing", {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect((await spans()).at(-1)).toMatchObject({ name: "failing", status: "error" });
});

test.each(["", "nonsense", "00-0af7651916cd43dd8448eb211c80319c-zzzz-01"])("%j is no trace", (text) => {
  expect(withContext(contextFromTraceparent(text), currentTraceparent)).toBe("");
});

test("each log line carries the trace in which it was written, and no secret", async () => {
  const path = join(folder, "log.jsonl");
  const log = createLogger("catalog", { file: path });
  await withSpan("logging", { parent: contextFromTraceparent(foreign) }, () =>
    log.info({ token: "rb_secret" }, "hello"),
  );
  log.info("outside");
  const [inside, outside] = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): object => JSON.parse(line));
  expect(inside).toMatchObject({
    service: "catalog",
    msg: "hello",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    token: "…",
  });
  expect(outside).not.toHaveProperty("traceId");
});

test("a log is its owner's alone, and takes no more room than two files of it", () => {
  const path = join(folder, "bounded/log.jsonl");
  mkdirSync(dirname(path));
  writeFileSync(path, "earlier\n", { mode: 0o644 });
  const log = openLogFile(path, 1_000);
  for (let line = 0; line < 105; line += 1) log.write(`${String(line).padStart(99)}\n`);
  const kept = [`${path}.1`, path].map((name) => readFileSync(name, "utf8"));
  expect(kept.map(({ length }) => length)).toEqual([1_000, 500]);
  expect(kept.join("").trim().split(/\s+/).map(Number)).toEqual(Array.from({ length: 15 }, (_, index) => 90 + index));
  expect([`${path}.1`, path].map((name) => statSync(name).mode & 0o777)).toEqual([0o600, 0o600]);
});

test("a full disk ends neither the work nor the log of it", async () => {
  const log = createLogger("test", { file: "/dev/full" });
  for (let line = 0; line < 3_000; line += 1) log.info({ text: "x".repeat(1_000) }, "written to a full disk");
  const codes: number[] = [];
  const exporter = spanFileExporter("/dev/full");
  const counting: SpanExporter = {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        codes.push(result.code);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: counting })] });
  provider.getTracer("test").startSpan("written to a full disk").end();
  await expect.poll(() => codes).toEqual([1]);
});

test("no log line names a person by the label of a file or folder", () => {
  const path = join(folder, "people.jsonl");
  const log = createLogger("catalog", { file: path });
  const file = "sub-Zq7/anat/sub-Zq7_T1w.nii.gz";
  log.error({ err: new Error(`There is no ${file}.`), url: `/v1/files/link?path=${file}` }, `refused ${file}`);
  const line = readFileSync(path, "utf8");
  expect(line).not.toContain("Zq7");
  expect(line).toContain("There is no sub-…/anat/sub-…_T1w.nii.gz.");
  log.warn({ url: "/v1/datasets/brains/subjects/Zq7/restore?x=1" }, "of a route");
  expect(readFileSync(path, "utf8")).toContain('"url":"/v1/datasets/brains/subjects/…/restore?x=1"');
  expect(JSON.parse(line)).toMatchObject({ msg: "refused sub-…/anat/sub-…_T1w.nii.gz" });
});
