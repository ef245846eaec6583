import {
  type Attributes,
  type Context,
  context,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { Problem } from "@rollerblade/errors";

export type { Attributes, Span } from "@opentelemetry/api";

/** The part that a span plays between two processes. */
export type Kind = "internal" | "server" | "client" | "producer" | "consumer";

/** How a span is begun. */
export type SpanOptions = {
  /** @default "internal" */
  readonly kind?: Kind;
  /** What it belongs to. @default the active context */
  readonly parent?: Context | undefined;
  readonly attributes?: Attributes;
  /** Other spans that led to it, as `traceparent`-contexts: a batch has many causes and no single parent. */
  readonly links?: readonly Context[];
};

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const satisfies Record<Kind, SpanKind>;

/** Begins a span; whoever begins one ends it. Prefer `withSpan`. */
export const startSpan = (name: string, options: SpanOptions = {}): Span =>
  trace.getTracer("rollerblade").startSpan(
    name,
    {
      kind: kinds[options.kind ?? "internal"],
      attributes: options.attributes ?? {},
      links: linksOf(options.links ?? []),
    },
    options.parent ?? context.active(),
  );

/**
 * Runs `work` inside a span that is active meanwhile and ended after it, and marked when `work` throws.
 * @throws what `work` throws
 */
export const withSpan = async <T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T> | T,
): Promise<T> => {
  const span = startSpan(name, options);
  try {
    return await context.with(trace.setSpan(options.parent ?? context.active(), span), () => work(span));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
};

/** The context in which `span` is the active one. */
export const contextOf = (span: Span, parent: Context = context.active()): Context => trace.setSpan(parent, span);

/** Marks a span as failed and records the error. */
export const markFailed = (span: Span, error: unknown): void => {
  const { code, message } = Problem.from(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute("error.type", code);
};

const linksOf = (contexts: readonly Context[]): Link[] =>
  contexts.flatMap((linked) => {
    const span = trace.getSpanContext(linked);
    return span === undefined ? [] : [{ context: span }];
  });
