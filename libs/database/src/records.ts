import postgres from "postgres";
import type { Queryable } from "./connect.ts";
import type { ColumnTypes, Table } from "./table.ts";

/** A part of a statement: a template that stands inside another one. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** What an insert does beside inserting. */
export type InsertOptions<Returned> = {
  /** The clause `on conflict …`; without it a row that is there already fails the statement. */
  readonly onConflict?: Fragment;
  /** Columns of the inserted (or, with `do update`, updated) rows to return. @default none */
  readonly returning?: readonly Returned[];
};

/**
 * Inserts any number of rows with one statement and one parameter. The properties of the first row say which columns are set; the
 * others get their defaults.
 *
 * @example
 * await insertRecords(tx, tagsTable, [{ document, name, position: 0 }], {
 *   onConflict: tx`on conflict (document, name) do update set position = excluded.position`,
 * });
 */
export const insertRecords = async <
  Row,
  Types extends ColumnTypes,
  Required extends keyof Row,
  Key extends keyof Row,
  Returned extends keyof Row & string = never,
>(
  tx: Queryable,
  { name, columns }: Table<Row, Types, Required>,
  rows: readonly (Pick<Row, Key> & Pick<Row, Required>)[],
  { onConflict, returning = [] }: InsertOptions<Returned> = {},
): Promise<Pick<Row, Returned>[]> => {
  const [first] = rows;
  if (first === undefined) return [];
  const given = new Set(Object.keys(first));
  const set = Object.fromEntries(Object.entries(columns).filter(([key]) => given.has(key)));
  const names = tx.unsafe(namesOf(Object.keys(set)));
  const output = returning.length === 0 ? tx`` : tx`returning ${tx.unsafe(namesOf(returning))}`;
  return tx<Pick<Row, Returned>[]>`
    insert into ${tx.unsafe(name)} (${names}) select ${names} from ${recordset(tx, set, rows)} as record
    ${onConflict ?? tx``} ${output}`;
};

/** The type that a value of each of PostgreSQL's types has on its way into a `recordset`; every one may be null. */
type ValueOf<Type extends string> = Type extends "integer" | "smallint" | "bigint" | "double precision" | "real"
  ? number | null
  : Type extends "boolean"
    ? boolean | null
    : Type extends "timestamp with time zone"
      ? Date | string | null
      : Type extends "bytea"
        ? Uint8Array | null
        : Type extends "uuid" | "text" | "numeric"
          ? string | null
          : unknown;

/** Rows that fit to these columns. */
export type RecordOf<Types extends ColumnTypes> = { readonly [Key in keyof Types]: ValueOf<Types[Key]> };

/**
 * Writes rows as a table expression with the columns in snake_case, to join with or to update from: one parameter, however many
 * rows. Take the columns from the table where it has them.
 *
 * One list of values needs none: write `= any(${ids}::uuid[])`, or `unnest(${ids}::uuid[])` where each is a row. Lists side by side in
 * one `unnest` stand in four places besides: fragments without a connection (`SqlFragment` of the catalog's queries), the condition
 * `visible`, which is part of other fragments, and the outbox, whose bodies are bytes and would be written as hex into JSON.
 *
 * @example
 * await tx`
 *   update scheduler.tasks as task set state = done.state, reason = done.why
 *   from ${recordset(tx, { ...columnsOf(tasksTable, "id", "state"), why: "text" }, rows)} as done
 *   where task.id = done.id`;
 */
export const recordset = <const Types extends ColumnTypes>(
  tx: Queryable,
  columns: Types,
  rows: readonly RecordOf<NoInfer<Types>>[],
): Fragment => {
  const entries = Object.entries(columns);
  const names = namesOf(Object.keys(columns));
  if (rows.length >= manyRows && entries.every(([, type]) => isScalar(type))) {
    const arrays = entries.map(([key, type], index) => {
      const values = arrayLiteral(rows.map((row) => row[key]));
      return tx`${tx.unsafe(index === 0 ? "" : ", ")}${values}::text::${tx.unsafe(type)}[]`;
    });
    return tx`(select * from unnest(${arrays}) as record (${tx.unsafe(names)}))`;
  }
  const types = entries.map(([key, type]) => `"${key}" ${type}`).join(", ");
  const renamed = entries.map(([key]) => `"${key}" as ${nameOf(key)}`).join(", ");
  return tx`(
    select ${tx.unsafe(renamed)} from json_to_recordset(${JSON.stringify(rows.map(writable))}::text::json)
    as record (${tx.unsafe(types)}))`;
};

/**
 * Writes names of columns as the list of a `select`. `npm run sql:check` reads the names from the type of `columns`.
 * @param alias what the statement calls their table, where more than one has such a column
 *
 * @example
 * await sql`select ${columnNames(sql, ["path", "factsHash"], "s")} from catalog.scans s`; // "s"."path", "s"."facts_hash"
 */
export const columnNames = (sql: Queryable, columns: readonly string[], alias?: string): Fragment => {
  const owner = alias === undefined ? "" : `"${alias}".`;
  return sql`${sql.unsafe(columns.map((column) => `${owner}${nameOf(column)}`).join(", "))}`;
};

/**
 * Writes what `on conflict … do update set` assigns: to each column the value that the insert had for it. `npm run sql:check` reads the
 * names from the type of `columns`.
 */
export const assignExcluded = (sql: Queryable, columns: readonly string[]): Fragment =>
  sql`${sql.unsafe(columns.map((column) => `${nameOf(column)} = excluded.${nameOf(column)}`).join(", "))}`;

/**
 * From so many rows on, one array a column is faster than JSON (`node tests/benchmarks/bulk-rows.ts` compares them); below it is
 * slower, as each column is a parameter of its own.
 */
const manyRows = 1_000;

/** Types whose values can be elements of an array: an array of arrays would be unnested whole, and JSON would be written twice. */
const isScalar = (type: string): boolean => !type.endsWith("[]") && type !== "jsonb" && type !== "json";

const nameOf = (key: string): string => `"${postgres.fromCamel(key)}"`;

const namesOf = (keys: readonly string[]): string => keys.map(nameOf).join(", ");

/** JSON has no bytes: PostgreSQL reads them as hex. */
const writable = (row: object): object =>
  Object.values(row).some(isBytes)
    ? Object.fromEntries(Object.entries(row).map(([key, value]) => [key, isBytes(value) ? hexOf(value) : value]))
    : row;

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const hexOf = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;

/** Writes an array as PostgreSQL reads it: `{"a","b\"c",NULL}`. */
const arrayLiteral = (values: readonly unknown[]): string => `{${values.map(elementOf).join(",")}}`;

const elementOf = (value: unknown): string => {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = value instanceof Date ? value.toISOString() : isBytes(value) ? hexOf(value) : String(value);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
};
