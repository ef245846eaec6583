import {
  type Context,
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";

export type { Context } from "@opentelemetry/api";

/** Hands the active trace to `set` as W3C headers (`traceparent`, `tracestate`); nothing when no span is active. */
export const injectTrace = (set: (name: string, value: string) => void): void => {
  propagation.inject(context.active(), set, { set: (carrier, name, value) => carrier(name, value) });
};

/** The trace that W3C headers speak of, read one by one with `get`; an empty context when there is none. */
export const extractTrace = (get: (name: string) => string | undefined): Context => {
  const carrier: Record<string, string> = {};
  for (const name of ["traceparent", "tracestate"]) {
    const value = get(name);
    if (value !== undefined && value !== "") carrier[name] = value;
  }
  return propagation.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
};

/** The active span as a W3C `traceparent`, or an empty string when none is active. */
export const currentTraceparent = (): string => traceparentOf(context.active());

/** The span of `of` as a W3C `traceparent`, or an empty string when it has none. */
export const traceparentOf = (of: Context): string => {
  const span = trace.getSpanContext(of);
  if (span === undefined || !isSpanContextValid(span)) return "";
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
};

/** A context whose active span is the one that `traceparent` names; an empty context for anything that is none. */
export const contextFromTraceparent = (traceparent: string): Context =>
  extractTrace((name) => (name === "traceparent" ? traceparent : undefined));

/** Runs `work` with `parent` as the active context. */
export const withContext = <T>(parent: Context, work: () => T): T => context.with(parent, work);
