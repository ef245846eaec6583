import { Problem } from "@rollerblade/errors";
import postgres from "postgres";

/** A pool of connections. `int8` is a number both ways, so a `bigint` literal is not a parameter. */
export type Sql = postgres.Sql;

/** What runs statements inside one transaction. */
export type Transaction = postgres.TransactionSql;

/** Either of the two: for functions that only run statements. */
export type Queryable = postgres.ISql;

/** How a pool behaves; every value has a default that suits a service. */
export type ConnectOptions = {
  /** Most connections at once. @default 10 */
  readonly max?: number;
  /** `application_name`, as `pg_stat_activity` shows it. @default "rollerblade" */
  readonly name?: string;
  /** Longest time of one statement in milliseconds; 0 is no limit. @default 60000 */
  readonly statementTimeout?: number;
  /** Milliseconds until a connection attempt is given up. @default 10000 */
  readonly connectTimeout?: number;
  /** Settings of PostgreSQL for all of these connections, by name. */
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * Opens a pool (lazily: the first statement connects). Many rows go in with one `insert … select … from unnest(…)`. Columns come back in camelCase and go in as snake_case in
 * `sql(row)` helpers; the keys inside JSON stay as they are. `int8` is a number, `timestamptz` a `Date`, `numeric` a string.
 *
 * Arrays: one of dates, booleans or bytes goes in as `${sql.array(values)}::timestamptz[]`, every other one as it is; nulls may be in
 * it. Coming back, a null inside an array of text is the text `NULL`: use `jsonb_agg` where there may be some.
 * @throws Problem `invalid` when the address is not a PostgreSQL URL
 */
export const connect = (url: string, options: ConnectOptions = {}): Sql => {
  requirePostgresUrl(url);
  return postgres(url, {
    max: options.max ?? 10,
    idle_timeout: 60,
    connect_timeout: (options.connectTimeout ?? 10_000) / 1000,
    onnotice: () => {},
    transform: { column: { from: postgres.toCamel, to: postgres.fromCamel } },
    types: { int8 },
    connection: {
      ...options.settings,
      application_name: options.name ?? "rollerblade",
      statement_timeout: options.statementTimeout ?? 60_000,
      TimeZone: "UTC",
    },
  });
};

/** Closes a pool; statements in hand get five seconds, since `end()` alone may hang. */
export const disconnect = (sql: Sql): Promise<void> => sql.end({ timeout: 5 });

const int8 = {
  to: 20,
  from: [20],
  serialize: (value: number): string => String(value),
  parse: (text: string): number | null => {
    // Only inside an array: a null of a column never comes here.
    if (text === "NULL") return null;
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53 and cannot be a number`);
    return value;
  },
};

const requirePostgresUrl = (url: string): void => {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return;
  throw new Problem({
    code: "invalid",
    message: "The database address is not a PostgreSQL URL.",
    subject: "ROLLERBLADE_DATABASE_URL",
    next: "Write it as postgres://user:password@host:5432/database.",
  });
};
