import { highestVersion } from "@rollerblade/analysis";
import type { Queryable } from "@rollerblade/database";
import type { analyses } from "../schema.ts";

/** A version of an analysis as it was created. */
export type Analysis = typeof analyses.$inferSelect;

// Versions never change, so what was read once stays right; the key holds the database, which tests have several of.
const known = new WeakMap<object, Map<string, Analysis>>();

/** Versions by `name version`; ones that do not exist are absent. Read once for the life of the process. */
export const findAnalyses = async (
  sql: Queryable,
  cacheOf: object,
  wanted: readonly { readonly analysis: string; readonly version: string }[],
): Promise<ReadonlyMap<string, Analysis>> => {
  const cache = known.get(cacheOf) ?? new Map<string, Analysis>();
  known.set(cacheOf, cache);
  const missing = wanted.filter(({ analysis, version }) => !cache.has(versionKey(analysis, version)));
  if (missing.length > 0) {
    const rows = await sql<Analysis[]>`
      select * from scheduler.analyses
      where (name, version) in (
        select * from unnest(
          ${missing.map(({ analysis }) => analysis)}::text[], ${missing.map(({ version }) => version)}::text[]))`;
    for (const row of rows) cache.set(versionKey(row.name, row.version), row);
  }
  return cache;
};

/** Has a version read anew: the folder of its code is the one thing about it that may change. */
export const forgetAnalysis = (cacheOf: object, name: string, version: string): void => {
  known.get(cacheOf)?.delete(versionKey(name, version));
};

/** The key of a version in the map of `findAnalyses`. */
export const versionKey = (name: string, version: string): string => `${name} ${version}`;

/** The highest version that a range allows, or undefined. */
export const findHighest = async (sql: Queryable, name: string, range: string): Promise<Analysis | undefined> => {
  const rows = await sql<{ version: string }[]>`select version from scheduler.analyses where name = ${name}`;
  const version = highestVersion(
    rows.map((row) => row.version),
    range,
  );
  if (version === undefined) return undefined;
  const [row] = await sql<Analysis[]>`select * from scheduler.analyses where name = ${name} and version = ${version}`;
  return row;
};
