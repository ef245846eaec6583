import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { ExportResultCode, hrTimeToMilliseconds } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

/** One line of a span file. Times are milliseconds since 1970 with fractions. */
export type SpanLine = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly start: number;
  readonly end: number;
  readonly status: "ok" | "error";
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
};

/**
 * Appends every finished span to `file`, one JSON object a line, so that a test or a person can read a trace without a
 * server.
 */
export const spanFileExporter = (file: string): SpanExporter => {
  mkdirSync(dirname(file), { recursive: true });
  return {
    export(spans, done) {
      try {
        appendFileSync(file, spans.map((span) => `${JSON.stringify(lineOf(span))}\n`).join(""));
        done({ code: ExportResultCode.SUCCESS });
      } catch (error) {
        done({ code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) });
      }
    },
    async shutdown() {},
  };
};

const lineOf = (span: ReadableSpan): SpanLine => ({
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId ?? null,
  name: span.name,
  kind: SpanKind[span.kind].toLowerCase(),
  service: String(span.attributes["service.name"] ?? span.resource.attributes["service.name"] ?? ""),
  start: hrTimeToMilliseconds(span.startTime),
  end: hrTimeToMilliseconds(span.endTime),
  status: span.status.code === SpanStatusCode.ERROR ? "error" : "ok",
  attributes: span.attributes,
  links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
});
