import { trace } from "@opentelemetry/api";
import { destination, type Logger, pino } from "pino";
import { type LogDestination, maxUnwrittenBytes, openLogFile } from "./log-file.ts";
import { withoutLabels } from "./without-labels.ts";

export type { Logger } from "pino";

/** What a logger writes, and where. */
export type LoggerOptions = {
  /** @default "info" */
  readonly level?: string;
  /** A file instead of standard error; see `openLogFile`. */
  readonly file?: string;
};

// One destination a place: several services in one process write to the same one.
const destinations = new Map<string, LogDestination>();

/**
 * A logger that writes one JSON object a line to standard error, with `service`, and with `traceId` and `spanId` where
 * a span is active. Standard output stays free for results. Values under the usual names of secrets are blanked, and labels of people
 * wherever they stand; see `withoutLabels`.
 */
export const createLogger = (service: string, options: LoggerOptions = {}): Logger =>
  pino(
    {
      level: options.level ?? "info",
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: activeTrace,
      redact: { paths: secretPaths, censor: "…" },
      hooks: { streamWrite: withoutLabels },
    },
    destinationOf(options.file),
  );

const secretPaths = [
  "token",
  "password",
  "secret",
  "authorization",
  "*.token",
  "*.password",
  "*.secret",
  "*.authorization",
];

const activeTrace = (): object => {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
};

const destinationOf = (file: string | undefined) => {
  const place = file ?? "stderr";
  const existing = destinations.get(place);
  if (existing !== undefined) return existing;
  const made =
    file === undefined ? destination({ dest: 2, sync: true, maxLength: maxUnwrittenBytes }) : openLogFile(file);
  // A full disk or a closed terminal must not end the work that is logged: lines wait, and the newest are dropped.
  made.on("error", () => {});
  destinations.set(place, made);
  return made;
};
