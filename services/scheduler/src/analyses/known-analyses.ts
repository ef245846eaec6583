import { highestVersion } from "@rollerblade/analysis";
import { columnsOf, type Queryable, recordset } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { AnalysisRow } from "../tables.gen.ts";
import { analysesTable } from "../tables.gen.ts";

/** A version of an analysis as it was created. */
export type Analysis = AnalysisRow;

// Versions never change, so what was read once stays right. The keys are pools: one process may have several in tests.
const known = new WeakMap<object, Map<string, Analysis>>();

/**
 * Finds versions of analyses, by `versionKey`; those that do not exist are absent. Each is read once in the life of the process.
 * @param sql a transaction or a pool to read with
 * @param cacheOf the pool, which owns the cache
 */
export const findAnalyses = async (
  sql: Queryable,
  cacheOf: object,
  wanted: readonly { readonly analysis: string; readonly version: string }[],
): Promise<ReadonlyMap<string, Analysis>> => {
  const cache = known.get(cacheOf) ?? new Map<string, Analysis>();
  known.set(cacheOf, cache);
  const missing = wanted.filter(({ analysis, version }) => !cache.has(versionKey(analysis, version)));
  if (missing.length > 0) {
    const names = missing.map(({ analysis, version }) => ({ name: analysis, version }));
    const rows = await sql<Analysis[]>`
      select * from scheduler.analyses
      where (name, version) in (
        select * from ${recordset(sql, columnsOf(analysesTable, "name", "version"), names)} as wanted)`;
    for (const row of rows) cache.set(versionKey(row.name, row.version), row);
  }
  return cache;
};

/** Removes a version from the cache, so that it is read anew: the folder of its code is the one thing about it that may change. */
export const forgetAnalysis = (cacheOf: object, name: string, version: string): void => {
  known.get(cacheOf)?.delete(versionKey(name, version));
};

/** Returns a version from the map of `findAnalyses`, for callers whose rows refer to it, so that it must exist. */
export const requireAnalysis = (found: ReadonlyMap<string, Analysis>, name: string, version: string): Analysis => {
  const analysis = found.get(versionKey(name, version));
  if (analysis === undefined) throw new Error(`There is no ${name} ${version}.`);
  return analysis;
};

/** Builds the key of a version in the map of `findAnalyses`. Example: `skullstrip 1.2.0`. */
export const versionKey = (name: string, version: string): string => `${name} ${version}`;

/** Finds the highest version that a range of npm's syntax allows, or undefined. Example: `findHighest(sql, "mask", "^1.2")`. */
const findHighest = async (sql: Queryable, name: string, range: string): Promise<Analysis | undefined> => {
  const rows = await sql<{ version: string }[]>`select version from scheduler.analyses where name = ${name}`;
  const version = highestVersion(
    rows.map((row) => row.version),
    range,
  );
  if (version === undefined) return undefined;
  const [row] = await sql<Analysis[]>`select * from scheduler.analyses where name = ${name} and version = ${version}`;
  return row;
};

/**
 * The highest version that a range allows.
 * @throws Problem `not-found` when there is no such analysis, or none of its versions is in the range
 */
export const requireHighest = async (sql: Queryable, name: string, range: string): Promise<Analysis> => {
  const analysis = await findHighest(sql, name, range);
  if (analysis !== undefined) return analysis;
  const [any] = await sql`select from scheduler.analyses where name = ${name} limit 1`;
  if (any === undefined)
    throw new Problem({
      code: "not-found",
      message: `There is no analysis "${name}".`,
      subject: name,
      next: "List what you may use with `rollerblade analysis list`.",
    });
  throw new Problem({
    code: "not-found",
    message: `No version of "${name}" satisfies ${range}.`,
    subject: name,
    next: `See its versions with \`rollerblade analysis show ${name}\`.`,
  });
};
