import type { DecisionStatus } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { pageOf, type ReadGrants } from "@rollerblade/service-kit";
import { type StandingRow, sliceOf } from "../evaluation/standing-row.ts";
import { visibleDecision } from "./visible-decision.ts";

/** Which decisions are asked for. */
export type DecisionQuery = {
  readonly document?: string | undefined;
  readonly rule?: string | undefined;
  readonly dataset?: string | undefined;
  readonly subject?: string | undefined;
  readonly progress?: string | undefined;
  readonly outcome?: string | undefined;
  readonly inForce: boolean;
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly after?: string | undefined;
};

type Row = StandingRow & {
  readonly analysis: string;
  readonly version: string;
  readonly run: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly endedAt: Date | null;
  readonly endedWhy: string | null;
};

/** Decisions that somebody may see: of documents, on datasets and with analyses that they may read; by id, which is the order in which they were made. */
export const listDecisions = async (
  sql: Sql,
  query: DecisionQuery,
  grants: ReadGrants,
): Promise<{ items: DecisionStatus[]; next: string | null }> => {
  const { document, rule, dataset, subject, progress, outcome, inForce, limit, after } = query;
  const rows = await sql<Row[]>`
    select * from pipeline_router.decisions as decision
    where ${visibleDecision(sql, grants)}
      ${document === undefined ? sql`` : sql`and document = ${document}`}
      ${rule === undefined ? sql`` : sql`and rule = ${rule}`}
      ${dataset === undefined ? sql`` : sql`and dataset = ${dataset}`}
      ${subject === undefined ? sql`` : sql`and subject = ${subject}`}
      ${progress === undefined ? sql`` : sql`and progress = ${progress}`}
      ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
      ${inForce ? sql`and ended_at is null` : sql``}
      ${after === undefined ? sql`` : sql`and id > ${after}`}
    order by id limit ${limit + 1}`;
  return pageOf(rows.map(statusOf), limit, ({ id }) => id);
};

const statusOf = (row: Row): DecisionStatus => {
  const { id, document, rule, analysis, version, reason, progress, outcome, key, run, round, endedWhy } = row;
  return {
    ...{ id, document, rule, analysis, version, reason, progress, outcome, key, run, round, endedWhy },
    slice: sliceOf(row),
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
};
