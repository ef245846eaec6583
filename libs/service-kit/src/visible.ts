import { type Fragment, type Queryable, rowsOrNone, type Sql } from "@rollerblade/database";
import { type Action, isWithinLimits, type Principal, rolesAllowing } from "./principal.ts";

/** Who wants to see something, and what they may read at this moment. */
export type ReadGrants = {
  /** Null where the token is limited to resources: through it nothing is seen for being one's own. */
  readonly name: string | null;
  /** Administrators and services see everything. */
  readonly all: boolean;
  readonly datasets: readonly string[];
  readonly analyses: readonly string[];
  /** Names of pipeline documents. */
  readonly pipelines: readonly string[];
  /** Names of these that something else had before, as `kind/name`; beside each the time since when it means what it means now. */
  readonly reused: readonly string[];
  readonly begunAt: readonly string[];
};

type AccessRow = { readonly kind: string; readonly resource: string; readonly begunAt: string | null };

/** Reads what somebody may read, with one statement. Before accounts has made its tables that is nothing. */
export const readGrants = async (sql: Sql, who: Principal): Promise<ReadGrants> => {
  const { name, admin, limits } = who;
  const held = admin ? [] : await accessOf(sql, name);
  const rows = held.filter(({ kind, resource }) => isWithinLimits(who, { kind, name: resource }));
  const namesOf = (kind: string) => rows.filter((row) => row.kind === kind).map(({ resource }) => resource);
  const reused = rows.flatMap(({ kind, resource, begunAt }) =>
    begunAt === null ? [] : [{ name: `${kind}/${resource}`, begunAt }],
  );
  return {
    name: limits === undefined ? name : null,
    all: admin,
    datasets: namesOf("dataset"),
    analyses: namesOf("analysis"),
    pipelines: namesOf("pipeline"),
    reused: reused.map((one) => one.name),
    begunAt: reused.map((one) => one.begunAt),
  };
};

// As a text the time keeps its microseconds.
const accessOf = (sql: Sql, name: string): Promise<readonly AccessRow[]> =>
  rowsOrNone(sql<AccessRow[]>`
    select distinct kind, resource, begun_at::text as begun_at from accounts.access_v1
    where principal = ${name} and resource is not null and role is not null
    order by kind, resource`);

/** What decides who may see a row, as expressions of the statement around it. */
export type VisibleRow = {
  /** Who sees it whatever it is made from. @default nobody */
  readonly owner?: Fragment;
  /** All datasets that it tells something of, as `text[]`. Where there are none, nobody but the owner sees it. */
  readonly datasets: Fragment;
  /** The analysis that it tells something of. @default none */
  readonly analysis?: Fragment;
  /** The pipeline document that it tells something of. @default none */
  readonly pipeline?: Fragment;
  /** When what it tells of happened: from before a name was taken anew it is of what had the name then. */
  readonly at: Fragment;
};

/**
 * The condition that somebody may see a row, for all services and all kinds of rows: it is theirs, or they may read every dataset, the
 * analysis and the document that it tells of, and it is not of something that only had one of these names before.
 *
 *     select * from scheduler.executions as execution where ${visible(sql, grants, {
 *       datasets: sql`execution.datasets`, analysis: sql`execution.analysis`, at: sql`execution.created_at` })}
 */
export const visible = (sql: Queryable, grants: ReadGrants, row: VisibleRow): Fragment =>
  grants.all
    ? sql`true`
    : sql`(${row.owner === undefined || grants.name === null ? sql`false` : sql`${row.owner} = ${grants.name}`}
        or (cardinality(${row.datasets}) > 0 and ${row.datasets} <@ ${[...grants.datasets]}::text[]
          ${row.analysis === undefined ? sql`` : sql`and ${row.analysis} = any(${[...grants.analyses]}::text[])`}
          ${row.pipeline === undefined ? sql`` : sql`and ${row.pipeline} = any(${[...grants.pipelines]}::text[])`}
          ${grants.reused.length === 0 ? sql`` : sql`and not ${isOlder(sql, grants, row)}`}))`;

/** The condition that a row is of something that had one of these names before. Most people may read nothing of which that could be. */
const isOlder = (sql: Queryable, grants: ReadGrants, row: VisibleRow): Fragment => sql`exists (
  select from unnest(${[...grants.reused]}::text[], ${[...grants.begunAt]}::timestamptz[]) as known(name, begun_at)
  where ${row.at} < known.begun_at and (
    known.name = any(select 'dataset/' || dataset from unnest(${row.datasets}) as dataset)
    ${row.analysis === undefined ? sql`` : sql`or known.name = 'analysis/' || ${row.analysis}`}
    ${row.pipeline === undefined ? sql`` : sql`or known.name = 'pipeline/' || ${row.pipeline}`}))`;

/**
 * The condition that a person, named by an expression of the statement around it, may do something on a dataset now; services and
 * administrators may.
 */
export const personMay = (sql: Queryable, person: Fragment, action: Action, dataset: Fragment): Fragment => sql`
  (${person} = 'service' or exists (
    select from accounts.access_v1 as access where access.principal = ${person} and (
      access.admin or access.kind = 'dataset' and access.resource = ${dataset}
        and access.role = any(${rolesAllowing(action)}::text[]))))`;
