import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Queryable } from "./connect.ts";

/** A value of one column of COPY; objects and arrays become JSON. */
export type CopyValue = null | undefined | string | number | boolean | Date | Uint8Array | object;

/**
 * Writes rows with COPY, the fastest way in: about a tenth of the time of inserts. For rows that may exist already, COPY into a
 * temporary table and `insert … select … on conflict`.
 * @param table schema-qualified name, trusted: it is part of the program, never of a request
 * @returns the number of rows written
 */
export const copyInto = async (
  sql: Queryable,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>,
): Promise<number> => {
  const names = columns.map((column) => `"${column}"`).join(", ");
  const target = await sql.unsafe(`copy ${table} (${names}) from stdin`).writable();
  let count = 0;
  const lines = async function* () {
    for await (const chunk of inChunks(rows)) {
      count += chunk.length;
      yield chunk.map(copyLine).join("");
    }
  };
  await pipeline(Readable.from(lines()), target);
  return count;
};

/** One row in the text format of COPY, with its line feed. */
export const copyLine = (row: readonly CopyValue[]): string => `${row.map(copyField).join("\t")}\n`;

const copyField = (value: CopyValue): string => {
  if (value === null || value === undefined) return "\\N";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString("hex")}`;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
};

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

const inChunks = async function* <T>(items: Iterable<T> | AsyncIterable<T>, size = 500): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
};
