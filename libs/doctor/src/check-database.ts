import { connect, disconnect, type MigratedService, pendingMigrations, type Sql } from "@rollerblade/database";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";

/** Milliseconds that this clock and the database's may differ, beyond what asking takes. */
const clockTolerance = 2_000;

/** PostgreSQL: whether it answers, its tables, its room for connections, and its clock beside ours. */
export const checkDatabase = (url: string, schemas: readonly MigratedService[]): Promise<readonly Diagnosis[]> =>
  examine(
    "database",
    "Check ROLLERBLADE_DATABASE_URL, and that the server runs and may be reached from here.",
    async () => {
      const sql = connect(url, { max: 1, name: "rollerblade doctor", connectTimeout: 5_000, statementTimeout: 10_000 });
      try {
        const answers = await whoAnswers(sql);
        return [answers, await tables(url, schemas), await room(sql), await clock(sql)];
      } finally {
        await disconnect(sql);
      }
    },
  );

const whoAnswers = async (sql: Sql): Promise<Diagnosis> => {
  const [row] = await sql<{ version: number; shown: string; writable: boolean }[]>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as shown,
      not pg_is_in_recovery() as writable`;
  const { version = 0, shown = "", writable = false } = row ?? {};
  if (!writable) {
    return bad(
      "database",
      `PostgreSQL ${shown} is a standby and read-only.`,
      "Name the primary in ROLLERBLADE_DATABASE_URL.",
    );
  }
  if (version < 150_000) {
    return bad("database", `PostgreSQL ${shown} is too old.`, "Use PostgreSQL 15 or newer.");
  }
  return good("database", `PostgreSQL ${shown} answers.`);
};

const tables = async (url: string, schemas: readonly MigratedService[]): Promise<Diagnosis> => {
  const pending = await pendingMigrations(url, schemas);
  if (pending.length === 0) return good("tables", "All migrations are applied.");
  const missing = pending.map(({ schema, pending: count }) => `${schema} (${count})`).join(", ");
  return bad(
    "tables",
    `Migrations are missing: ${missing}.`,
    "Run `rollerblade migrate` with the same ROLLERBLADE_DATABASE_URL.",
  );
};

const room = async (sql: Sql): Promise<Diagnosis> => {
  const [row] = await sql<{ used: number; limit: number }[]>`
    select count(*)::int as used, current_setting('max_connections')::int as "limit" from pg_stat_activity where backend_type = 'client backend'`;
  const { used = 0, limit = 0 } = row ?? {};
  const usage = `${used} of ${limit} connections are in use.`;
  if (used < limit * 0.9) return good("connections", usage);
  return warning(
    "connections",
    usage,
    "Raise max_connections, or lower ROLLERBLADE_DATABASE_POOL, or put a pooler between.",
  );
};

const clock = async (sql: Sql): Promise<Diagnosis> => {
  const asked = Date.now();
  const [row] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
  const answered = Date.now();
  const difference = (row?.now.getTime() ?? 0) - (asked + answered) / 2;
  const seconds = (Math.abs(difference) / 1000).toFixed(1);
  if (Math.abs(difference) < clockTolerance + (answered - asked))
    return good("clock", `It agrees with the database's.`);
  return bad(
    "clock",
    `This clock is ${seconds} s ${difference > 0 ? "behind" : "ahead of"} the database's.`,
    "Let both machines follow an NTP server: links, leases and tokens expire by the clock.",
  );
};
