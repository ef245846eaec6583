import type { Queryable } from "@rollerblade/database";
import {
  type AnalysisVersion,
  type LockedDocument,
  type Locks,
  lockedDocument,
  parseDocument,
} from "@rollerblade/pipeline";
import { usableVersions } from "../projection/analyses.ts";

/** A document in force, ready to be evaluated. */
export type DocumentInForce = {
  readonly name: string;
  readonly application: string;
  readonly owner: string;
  readonly appliedAt: Date;
  readonly traceparent: string | null;
  readonly locked: LockedDocument;
  /** The run of each rule, by its name. */
  readonly runs: ReadonlyMap<string, string>;
};

type Row = {
  readonly name: string;
  readonly application: string;
  readonly owner: string;
  readonly source: string;
  readonly locks: string;
  readonly appliedAt: Date;
  readonly traceparent: string | null;
};

/**
 * Reads documents in force; one that was read before is not read again, since an application never changes. One that cannot be used any
 * more, because it or an analysis that it locks is beyond a limit that was not there when it was applied, acts on nothing, and stops no
 * other: it has to be applied again.
 */
export const createDocuments = (): ((sql: Queryable) => Promise<readonly DocumentInForce[]>) => {
  let known = new Map<string, DocumentInForce | null>();
  return async (sql) => {
    const current = await sql<{ application: string }[]>`
      select application from pipeline_router.documents where not removed order by name`;
    const missing = current.map(({ application }) => application).filter((application) => !known.has(application));
    const loaded = missing.length === 0 ? [] : await load(sql, missing);
    const all = new Map([...known, ...loaded]);
    known = new Map(
      current.flatMap(({ application }) => {
        const document = all.get(application);
        return document === undefined ? [] : [[application, document]];
      }),
    );
    return [...known.values()].filter((document) => document !== null);
  };
};

/** Documents by their application; null for one that cannot be used. */
const load = async (
  sql: Queryable,
  applications: readonly string[],
): Promise<(readonly [application: string, document: DocumentInForce | null])[]> => {
  const rows = await sql<Row[]>`
    select name, application, owner, source, locks, applied_at, traceparent from pipeline_router.documents
    where application = any(${applications}::uuid[])`;
  const runs = await sql<{ id: string; application: string; rule: string }[]>`
    select id, application, rule from pipeline_router.runs where application = any(${applications}::uuid[])`;
  return Promise.all(
    rows.map(async ({ source, locks: text, ...row }) => {
      const locks: Locks = JSON.parse(text);
      const versions = await analysesOf(sql, locks);
      const read = lock(row.name, source, locks, versions);
      const locked = "unusable" in read ? null : read;
      const own = runs.filter(({ application }) => application === row.application);
      const document = locked && { ...row, locked, runs: new Map(own.map(({ rule, id }) => [rule, id])) };
      return [row.application, document] as const;
    }),
  );
};

/** Why a document in force acts on nothing any more and has to be applied again; empty when all is well. */
export const whyUnusable = async (sql: Queryable, name: string): Promise<string> => {
  const [row] = await sql<{ source: string; locks: string }[]>`
    select source, locks from pipeline_router.documents where name = ${name} and not removed`;
  if (row === undefined) return "";
  const locks: Locks = JSON.parse(row.locks);
  const read = lock(name, row.source, locks, await analysesOf(sql, locks));
  return "unusable" in read ? read.unusable : "";
};

const lock = (
  name: string,
  source: string,
  locks: Locks,
  versions: readonly AnalysisVersion[],
): LockedDocument | { readonly unusable: string } => {
  try {
    return lockedDocument(parseDocument(name, source), locks, (wanted) =>
      versions.filter(({ manifest }) => manifest.name === wanted),
    );
  } catch (error) {
    return { unusable: error instanceof Error ? error.message : String(error) };
  }
};

const analysesOf = (sql: Queryable, locks: Locks): Promise<AnalysisVersion[]> =>
  readAnalyses(sql, [...new Set(Object.values(locks.rules).map(({ analysis }) => analysis))]);

/** Every known version of these analyses. */
export const readAnalyses = async (sql: Queryable, names: readonly string[]): Promise<AnalysisVersion[]> => {
  const rows = await sql<{ manifest: string; code: string }[]>`
    select manifest, code from pipeline_router.analyses where name = any(${names}::text[])`;
  return usableVersions(rows.map(({ manifest, code }) => ({ manifest: JSON.parse(manifest), code })));
};
