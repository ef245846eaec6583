export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export {
  Counter,
  counter,
  createRegistry,
  durations,
  Gauge,
  gauge,
  Histogram,
  metricsText,
  Registry,
} from "./metrics.ts";
export type { SpanLine } from "./span-file.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./start-telemetry.ts";
export {
  type Context,
  contextFromTraceparent,
  currentTraceparent,
  extractTrace,
  injectTrace,
  traceparentOf,
  withContext,
} from "./trace-context.ts";
export {
  type Attributes,
  contextOf,
  type Kind,
  markFailed,
  type Span,
  type SpanOptions,
  startSpan,
  withSpan,
} from "./with-span.ts";
export { withoutLabels } from "./without-labels.ts";
