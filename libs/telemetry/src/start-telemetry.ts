import { context, propagation, trace } from "@opentelemetry/api";

/** Where spans go; without either, trace ids still travel and stand in the logs, and nothing is kept. */
export type TelemetryOptions = {
  /** Name of the process among others, for example `rollerblade` or `scheduler`. */
  readonly service: string;
  /** Base address of an OTLP/HTTP collector. @default OTEL_EXPORTER_OTLP_ENDPOINT */
  readonly endpoint?: string | undefined;
  /** A file that gets one JSON object a span. @default ROLLERBLADE_TRACE_FILE */
  readonly file?: string | undefined;
};

/** What was set up; `flush` writes out what is still held. */
export type Telemetry = { flush(): Promise<void> };

let running: Promise<Telemetry> | undefined;

/**
 * The one place that knows the OpenTelemetry SDK. Call it once, before the first span; calling it again changes
 * nothing. Everything else speaks to `@opentelemetry/api`, where a span costs next to nothing when this was never
 * called.
 */
export const startTelemetry = (options: TelemetryOptions): Promise<Telemetry> => {
  running ??= setUp(options);
  return running;
};

const setUp = async (options: TelemetryOptions): Promise<Telemetry> => {
  const [{ AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }, { resourceFromAttributes }, sdk] =
    await Promise.all([
      import("@opentelemetry/context-async-hooks"),
      import("@opentelemetry/core"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/sdk-trace"),
    ]);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ "service.name": options.service }),
    spanProcessors: await processorsOf(options, sdk),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { flush: () => provider.forceFlush() };
};

const processorsOf = async (options: TelemetryOptions, sdk: typeof import("@opentelemetry/sdk-trace")) => {
  const processors = [];
  const endpoint = options.endpoint ?? process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const file = options.file ?? process.env.ROLLERBLADE_TRACE_FILE;
  if (endpoint !== undefined && endpoint !== "") {
    const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
    const url = `${endpoint.replace(/\/$/, "")}/v1/traces`;
    processors.push(new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) }));
  }
  if (file !== undefined && file !== "") {
    const { spanFileExporter } = await import("./span-file.ts");
    processors.push(
      new sdk.BatchSpanProcessor({
        exporter: spanFileExporter(file),
        scheduledDelayMillis: 200,
        maxQueueSize: 200_000,
      }),
    );
  }
  return processors;
};
