import { setTimeout as sleep } from "node:timers/promises";
import { isNotGranted, isOutage, type MigratedService, migrate, pendingMigrations } from "@rollerblade/database";
import { backOffMs, Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { printJson, printTable, type Reading } from "../print.ts";
import { passwordsIn, rolesOf } from "./database-roles.ts";

/** Delays between two attempts to reach the database. */
const reconnecting = { minMs: 100, maxMs: 2_000 };
/** Milliseconds between two looks whether another has applied the migrations. */
const pollIntervalMs = 500;
/**
 * Milliseconds after which a database that does not answer is given up: containers of PostgreSQL start within a minute.
 */
const databaseTimeoutMs = 60_000;

/**
 * `rollerblade migrate`: brings the tables of all services up to date, and waits a minute for a database that is only
 * starting. Where the environment has passwords of services (`ROLLERBLADE_DATABASE_PASSWORDS`), each gets a role of its
 * own. Where it names a NATS server, its streams and durables too. With `wait` it changes nothing, and waits without end
 * until another has done so.
 */
export const runMigrate = async (
  schemas: readonly MigratedService[],
  { json, wait }: Reading & { readonly wait?: boolean },
): Promise<void> => {
  const url = process.env.ROLLERBLADE_DATABASE_URL;
  if (url === undefined || url === "") throw databaseNotSet();
  if (wait === true) return awaitMigrations(url, schemas);
  const roles = rolesOf(passwordsIn(process.env.ROLLERBLADE_DATABASE_PASSWORDS), schemas);
  const outcomes = await untilItAnswers(Date.now() + databaseTimeoutMs, () => migrate(url, schemas, roles));
  const { changeRows, migrateTopology } = await import("./migrate-topology.ts");
  const nats = process.env.ROLLERBLADE_NATS_URL ?? "";
  const replicas = Number(process.env.ROLLERBLADE_NATS_REPLICAS ?? 1);
  const events = nats === "" ? null : await migrateTopology(nats, replicas);
  if (json === true) return printJson({ schemas: outcomes, events });
  printTable(
    ["schema", "migrations applied"],
    outcomes.map(({ schema, applied }) => [schema, applied]),
  );
  if (events === null)
    return printMessage("Streams and durables were left as they are: ROLLERBLADE_NATS_URL is not set.");
  printTable(
    ["stream or durable", "setting", "was", "is"],
    changeRows(events),
    "Streams and durables are as they should be.",
  );
};

const awaitMigrations = async (url: string, schemas: readonly MigratedService[]): Promise<void> => {
  for (let reported = ""; ; await sleep(pollIntervalMs)) {
    const missing = await untilItAnswers(Number.POSITIVE_INFINITY, () => pendingMigrations(url, schemas), isNotGranted);
    if (missing.length === 0) return;
    const text = missing.map(({ schema, pending }) => `${schema} (${pending})`).join(", ");
    if (text !== reported) printMessage(`Waiting for migrations of ${text}.`);
    reported = text;
  }
};

const untilItAnswers = async <T>(
  deadline: number,
  work: () => Promise<T>,
  passes: (error: unknown) => boolean = () => false,
): Promise<T> => {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if ((!isAway(error) && !passes(error)) || Date.now() > deadline) throw error;
      if (failures === 1) printMessage(`PostgreSQL does not answer yet: ${Problem.from(error).message}`);
      await sleep(backOffMs(failures, reconnecting));
    }
  }
};

const isAway = (error: unknown): boolean =>
  isOutage(error) || (error instanceof Problem && error.code === "unavailable");

const databaseNotSet = (): Problem =>
  new Problem({
    code: "invalid",
    message: "ROLLERBLADE_DATABASE_URL is not set.",
    subject: "ROLLERBLADE_DATABASE_URL",
    next: "Set it to postgres://user:password@host:5432/database; `rollerblade up` migrates its own database by itself.",
  });
