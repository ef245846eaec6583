import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The metrics of one service, each labelled with its name; every service in a process has its own. */
export const createRegistry = (service: string): Registry => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  return registry;
};

/**
 * What `/metrics` answers: the metrics of services, and those of the process (memory, event loop, garbage), which are
 * measured once however many services it runs.
 */
export const metricsText = async (...registries: readonly Registry[]): Promise<string> =>
  (await Promise.all([...registries, processRegistry()].map((registry) => registry.metrics()))).join("\n");

let measured: Registry | undefined;

const processRegistry = (): Registry => {
  if (measured === undefined) {
    measured = new Registry();
    collectDefaultMetrics({ register: measured });
  }
  return measured;
};

/** A count that only rises; the name ends in `_total`. */
export const counter = <L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Counter<L> => new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });

/** A value that rises and falls; `collect` reads it when somebody asks for the metrics. */
export const gauge = (registry: Registry, name: string, help: string, collect?: () => number): Gauge =>
  new Gauge({
    name,
    help,
    registers: [registry],
    ...(collect === undefined
      ? {}
      : {
          collect(this: Gauge) {
            this.set(collect());
          },
        }),
  });

/** Durations in seconds; the name ends in `_seconds`. */
export const durations = <L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Histogram<L> =>
  new Histogram({ name, help, labelNames: [...labelNames], buckets: secondsBuckets, registers: [registry] });

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
