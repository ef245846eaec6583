import { createLogger, startTelemetry } from "@rollerblade/telemetry";
import type { ServiceDefinition } from "./define-service.ts";
import { createMetricsServer } from "./metrics-server.ts";
import type { PeerAddresses } from "./peers.ts";
import { type ServiceName, serviceNames } from "./service-name.ts";
import { newServiceKeys } from "./service-tokens.ts";
import type { CommonSettings } from "./settings.ts";
import { type StartedService, startService } from "./start-service.ts";
import { watchEventLoop } from "./watch-event-loop.ts";

/** The services of one process. */
export type RunningServices = {
  /** Where each listens. */
  readonly urls: Readonly<Partial<Record<ServiceName, string>>>;
  /** Where the metrics of all of them are; null unless a port was given. */
  readonly metricsUrl: string | null;
  /** Stops taking, finishes what is in hand within the deadline, hands the rest back, closes. Calling it again waits for the first. */
  stop(): Promise<void>;
};

/** Settings of single services, by name; they win over the environment. */
export type GivenConfig = Readonly<Partial<Record<ServiceName, Readonly<Record<string, unknown>>>>>;

/** What a service signs in with, where each has its own: in one process they cannot all come from one environment. */
export type ServiceCredentials = Readonly<
  Partial<Record<ServiceName, Partial<Pick<CommonSettings, "databaseUrl" | "natsUrl">>>>
>;

/** Runs one service alone. @throws Problem when its settings are wrong */
export const runService = (
  definition: ServiceDefinition,
  settings: CommonSettings,
  config: GivenConfig = {},
): Promise<RunningServices> => startServices([definition], settings, config);

/**
 * Runs services in one process. They start together: all are prepared, then all listen, then all begin to work, so that no
 * handler ever calls a neighbour that does not listen yet.
 * @throws Problem when the settings of one are wrong; what was started by then is stopped
 */
export const startServices = async (
  definitions: readonly ServiceDefinition[],
  settings: CommonSettings,
  config: GivenConfig = {},
  credentials: ServiceCredentials = {},
): Promise<RunningServices> => {
  const telemetry = await startTelemetry({
    service: definitions.length === 1 ? (definitions[0]?.name ?? "") : "rollerblade",
  });
  const addresses: PeerAddresses = new Map();
  for (const [name, url] of entriesOf(settings.peers)) addresses.set(name, url);
  const signing = signingOf(
    definitions.map(({ name }) => name),
    settings,
  );
  const unwatch = watchEventLoop(createLogger("process", { level: settings.logLevel, ...logFileOf(settings) }));
  const started: StartedService[] = [];
  let metrics: Metrics | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(started, settings.stopSeconds * 1000)
      .then(() => metrics?.server.close())
      .then(unwatch)
      .then(telemetry.flush);
    return stopping;
  };
  try {
    await inOrder(
      definitions.map((definition) => {
        const own = { ...settings, ...credentials[definition.name], ...signing(definition.name) };
        return startService(definition, own, addresses, config[definition.name] ?? {});
      }),
      (service) => started.push(service),
    );
    const alone = definitions.length === 1;
    await Promise.all(
      started.map(async (service) =>
        addresses.set(service.name, await service.listen(...placeOf(service.name, settings, alone))),
      ),
    );
    metrics = await serveMetrics(started, settings);
    await Promise.all(started.map((service) => service.work()));
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = Object.fromEntries(started.map(({ name }) => [name, addresses.get(name)]));
  return { urls, metricsUrl: metrics?.url ?? null, stop };
};

type Signing = Pick<CommonSettings, "serviceKey" | "servicePublicKeys">;

/** Embedded services, which call nobody outside their process, sign with keys that are made here and end with it. */
const signingOf = (services: readonly ServiceName[], settings: CommonSettings): ((name: ServiceName) => Signing) => {
  if (settings.serviceKey !== undefined || settings.mode !== "embedded")
    return () => ({ serviceKey: settings.serviceKey, servicePublicKeys: settings.servicePublicKeys });
  const { privateKeys, publicKeys } = newServiceKeys(services);
  return (name) => ({ serviceKey: privateKeys[name], servicePublicKeys: publicKeys });
};
const logFileOf = ({ logFile }: CommonSettings) => (logFile === undefined ? {} : { file: logFile });

type Metrics = { readonly server: ReturnType<typeof createMetricsServer>; readonly url: string };

const serveMetrics = async (
  services: readonly StartedService[],
  { host, metricsPort }: CommonSettings,
): Promise<Metrics | undefined> => {
  if (metricsPort === undefined) return undefined;
  const server = createMetricsServer(services.map(({ registry }) => registry));
  return { server, url: `${await server.listen({ host, port: metricsPort })}/metrics` };
};

/** Every promise is waited for, so that a failure of one leaves none behind unseen. @throws the first failure */
const inOrder = async <T>(promises: readonly Promise<T>[], take: (value: T) => void): Promise<void> => {
  const outcomes = await Promise.allSettled(promises);
  for (const outcome of outcomes) if (outcome.status === "fulfilled") take(outcome.value);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
};

/** People reach the gateway only; neighbours of one process speak over the loopback, on any free port. */
const placeOf = (name: ServiceName, { host, port }: CommonSettings, alone: boolean): [host: string, port: number] =>
  alone || name === "gateway" ? [host, port] : ["127.0.0.1", 0];

const stopAll = async (services: readonly StartedService[], deadline: number): Promise<void> => {
  await Promise.allSettled(services.map((service) => service.quiesce(deadline)));
  await Promise.allSettled(services.map((service) => service.close(Math.min(deadline, 5000))));
};

const entriesOf = (peers: CommonSettings["peers"]): [ServiceName, string][] => {
  return serviceNames.flatMap((name) =>
    peers[name] === undefined ? [] : [[name, peers[name]] satisfies [ServiceName, string]],
  );
};
