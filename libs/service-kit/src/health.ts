import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Registry } from "@rollerblade/telemetry";
import type { Http } from "./http.ts";

/** What must be well before a service takes requests; each answers within two seconds or counts as bad. */
export type Checks = Readonly<Record<string, () => Promise<boolean> | boolean>>;

/** `/healthz` (the process answers), `/readyz` (it can work; 503 with what is missing; how far its events are behind). */
export const serveHealth = (http: Http, registry: Registry, checks: Checks): void => {
  http.get("/healthz", { schema: { hide: true } }, async () => ({ status: "ok" }));
  http.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await passes(check)] as const),
    );
    const ready = entries.every(([, good]) => good);
    return reply.code(ready ? 200 : 503).send({
      status: ready ? "ready" : "not ready",
      checks: Object.fromEntries(entries),
      outbox: await outboxFigures(registry),
    });
  });
};

/** Events that wait to be published, from the metrics of the service; null for one without events. */
const outboxFigures = async (registry: Registry): Promise<{ waiting: number; lagSeconds: number } | null> => {
  const [waiting, lagSeconds] = await Promise.all([
    figureOf(registry, "rollerblade_outbox_waiting"),
    figureOf(registry, "rollerblade_outbox_lag_seconds"),
  ]);
  return waiting === undefined || lagSeconds === undefined ? null : { waiting, lagSeconds };
};

const figureOf = async (registry: Registry, name: string): Promise<number | undefined> =>
  (await registry.getSingleMetric(name)?.get())?.values[0]?.value;

/** Whether the database answers. */
export const databaseAnswers = (sql: Sql) => async (): Promise<boolean> => {
  await sql`select 1`;
  return true;
};

/** Whether the object store answers; that nothing is stored under this name is an answer. */
export const objectStoreAnswers = (objects: Pick<ObjectStore, "list">) => async (): Promise<boolean> => {
  await objects.list("staging/readiness/")[Symbol.asyncIterator]().next();
  return true;
};

/** Seconds that an event may wait in the outbox; in good times it is gone in a fraction of one. */
const maxOutboxSeconds = 30;

/** Whether events leave the outbox of a schema: NATS may be there, and store nothing. */
export const outboxDrains = (sql: Sql, schema: string) => async (): Promise<boolean> => {
  const old = await sql`
    select from ${sql(schema)}.outbox
    where published_at is null and created_at < now() - ${maxOutboxSeconds} * interval '1 second' limit 1`;
  return old.length === 0;
};

const passes = async (check: () => Promise<boolean> | boolean): Promise<boolean> => {
  const late = sleep(2000, false, { ref: false });
  return Promise.race([Promise.resolve().then(check), late]).catch(() => false);
};
