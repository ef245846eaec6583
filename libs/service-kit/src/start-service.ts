import { connect, disconnect, type Sql, withLock } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { createEvents } from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import { createLogger, createRegistry, type Registry } from "@rollerblade/telemetry";
import { createAccess } from "./access.ts";
import type { ServiceDefinition } from "./define-service.ts";
import { databaseAnswers, objectStoreAnswers, outboxDrains, serveHealth } from "./health.ts";
import { createHttp } from "./http-server.ts";
import { answerRepeatedRequests } from "./idempotency.ts";
import { addressOf, type PeerAddresses, peerClient } from "./peers.ts";
import { createPeriodic } from "./periodic.ts";
import { readVariables } from "./read-variables.ts";
import type { ServiceContext } from "./service-context.ts";
import { createServiceTokens, type ServiceTokens } from "./service-tokens.ts";
import type { CommonSettings } from "./settings.ts";

/** One service between its phases; several of a process go through each phase together. */
export type StartedService = {
  readonly name: ServiceDefinition["name"];
  readonly registry: Registry;
  /** Opens its port and tells where it listens. */
  listen(host: string, port: number): Promise<string>;
  /** Begins to consume and to do periodic work. */
  work(): Promise<void>;
  /** Takes nothing more, and waits so many milliseconds for what is in hand. */
  quiesce(deadline: number): Promise<void>;
  /** Closes everything. */
  close(deadline: number): Promise<void>;
};

/**
 * Prepares a service: makes its context and runs its `start`.
 * @throws Problem when its settings are wrong, and whatever its `start` throws
 */
export const startService = async (
  definition: ServiceDefinition,
  settings: CommonSettings,
  addresses: PeerAddresses,
  given: Readonly<Record<string, unknown>>,
): Promise<StartedService> => {
  const { name } = definition;
  const config = readVariables(`ROLLERBLADE_${name}`, definition.config, process.env, given);
  const tokens = tokensOf(name, settings);
  const stopping = new AbortController();
  const { signal } = stopping;
  const log = createLogger(name, {
    level: settings.logLevel,
    ...(settings.logFile === undefined ? {} : { file: settings.logFile }),
  });
  const registry = createRegistry(name);
  const sql = connect(settings.databaseUrl, { max: settings.databasePool, name });
  const locks = lazily(() => connect(settings.databaseUrl, { max: 8, name: `${name} locks`, statementTimeout: 0 }));
  const events = createEvents({
    // Without tables of its own there is neither outbox nor inbox.
    sql: definition.database === null ? null : sql,
    schema: definition.database?.schema ?? name,
    nats: { url: settings.natsUrl, replicas: settings.natsReplicas },
    service: name,
    log,
    registry,
    signal,
  });
  const http = await createHttp({ service: name, log, registry, trustedProxies: settings.trustedProxies });
  const periodic = createPeriodic({ service: name, log, signal, sql: () => sql, locks: locks.get });
  const last: (() => Promise<void>)[] = [];
  const state = { working: false };

  const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
  serveHealth(http, registry, {
    database: databaseAnswers(sql),
    events: () => events.ready(),
    ...(definition.database !== null && { outbox: outboxDrains(sql, definition.database.schema) }),
    ...(settings.objects !== "none:" && { objects: objectStoreAnswers(objects) }),
    working: () => state.working && !signal.aborted,
  });
  const access = createAccess(sql, tokens);
  answerRepeatedRequests(http, { sql, authenticate: access.authenticate, log });
  const context: ServiceContext<Record<string, unknown>> = {
    name,
    config,
    settings,
    log,
    sql,
    objects,
    events,
    http,
    registry,
    signal,
    ...access,
    peer: (service, onBehalfOf) => peerClient(addresses, service, tokens, onBehalfOf),
    peerUrl: (service) => addressOf(addresses, service),
    every: periodic.every,
    trigger: periodic.trigger,
    exclusively: (name, work) => withLock(locks.get(), `${name} of ${definition.name}`, work),
    onStop: (work) => void last.unshift(work),
  };
  const service: StartedService = {
    name,
    registry,
    async listen(host, port) {
      const url = await http.listen({ host, port });
      log.info({ url, pid: process.pid }, "listening");
      return url;
    },
    async work() {
      await events.start();
      periodic.start();
      state.working = true;
      log.info("started");
    },
    async quiesce(deadline) {
      stopping.abort();
      await Promise.all([events.stop(deadline), within(periodic.stop(), deadline)]);
    },
    async close(deadline) {
      await within(http.close(), deadline, () => http.server.closeAllConnections());
      for (const work of last) await work().catch((error: unknown) => log.error({ err: error }, "stopping failed"));
      await Promise.all([disconnect(sql), locks.close()]);
      log.info("stopped");
    },
  };
  try {
    await definition.start(context);
    return service;
  } catch (error) {
    await service.quiesce(0);
    await service.close(0);
    throw error;
  }
};

const lazily = (make: () => Sql): { get(): Sql; close(): Promise<void> } => {
  let made: Sql | undefined;
  return {
    get() {
      made ??= make();
      return made;
    },
    close: async () => (made === undefined ? undefined : disconnect(made)),
  };
};

const tokensOf = (
  name: ServiceDefinition["name"],
  { serviceKey, servicePublicKeys }: CommonSettings,
): ServiceTokens => {
  if (serviceKey !== undefined) return createServiceTokens(name, serviceKey, servicePublicKeys);
  throw new Problem({
    code: "invalid",
    message: `${name} has no key to sign its calls of other services.`,
    subject: "ROLLERBLADE_SERVICE_KEY",
    next: "Set it, and its public key in ROLLERBLADE_SERVICE_PUBLIC_KEYS of all services; see the settings reference.",
  });
};

/** Waits for `work`, but no longer than `milliseconds`; `late` then makes an end of it. */
const within = async (work: PromiseLike<unknown>, milliseconds: number, late: () => void = () => {}): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    late();
    resolve();
  }, milliseconds);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
};
