import type { DerivativeLock } from "@rollerblade/analysis";
import type { Transaction } from "@rollerblade/database";
import type { Cause } from "@rollerblade/events";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import type { RunOfTasks } from "./task-of-slice.ts";

/** A run that is asked for. */
export type NewRun = RunOfTasks & {
  readonly analysis: string;
  readonly version: string;
  readonly query: string | null;
  /** Where the next page of slices begins; null when all are known. */
  readonly cursor?: string | null;
  /** Versions of what its inputs may be. */
  readonly locks?: readonly DerivativeLock[];
  readonly traceparent: string;
  readonly cause?: Cause;
};

/** Inserts runs and says that they began; one that is there already goes on. */
export const insertRuns = async ({ events }: Scheduler, tx: Transaction, runs: readonly NewRun[]): Promise<void> => {
  const unique = new Map(runs.map((run) => [run.id, run]));
  const rows = [...unique.values()].map(({ cursor = null, locks = [], cause: _, ...run }) => ({
    ...run,
    cursor,
    locks,
    state: cursor === null ? "open" : "collecting",
  }));
  if (rows.length === 0) return;
  const inserted = await tx<{ id: string }[]>`
    insert into scheduler.runs (
      id, analysis, version, parameters, priority, owner, document, rule, query, state, cursor, locks, traceparent)
    select id, analysis, version, parameters, priority, owner, document, rule, query, state, cursor, locks, traceparent
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(
      id uuid, analysis text, version text, parameters jsonb, priority text, owner text, document text, rule text, query text,
      state text, cursor text, locks jsonb, traceparent text)
    on conflict (id) do nothing
    returning id`;
  await events.emitAll(
    tx,
    inserted.flatMap(({ id }) => {
      const run = unique.get(id);
      if (run === undefined) return [];
      const { analysis, version, document, rule, owner, cause } = run;
      const of = { ...(document !== null && { document }), ...(rule !== null && { rule }) };
      return [
        {
          topic: "run.started",
          message: { run: id, analysis, version, owner, ...of },
          ...(cause && { cause }),
        } as const,
      ];
    }),
  );
};
