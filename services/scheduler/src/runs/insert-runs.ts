import { insertRecords, type Transaction } from "@rollerblade/database";
import type { AnyEmission, Cause, ServiceEvents } from "@rollerblade/events";
import type { RunLock } from "../schema.ts";
import { runsTable } from "../tables.gen.ts";
import type { RunOfTasks } from "./task-of-slice.ts";

/** A run that is to be inserted. */
export type NewRun = RunOfTasks & {
  readonly analysis: string;
  readonly version: string;
  /** Null for the run of a rule, whose slices are all in the command. */
  readonly query: string | null;
  /** Where the next page of slices begins. @default null: all are known */
  readonly cursor?: string | null;
  /** Versions of the derivatives that its inputs may be. @default none */
  readonly locks?: readonly RunLock[];
  /** See the columns of `runs`. @default false, null, null, false, 0 */
  readonly force?: boolean;
  readonly sliceLimit?: number | null;
  readonly limitedToken?: string | null;
  readonly stopsEarly?: boolean;
  readonly leftOut?: number;
  readonly traceparent: string;
  readonly cause?: Cause;
};

/**
 * Inserts runs, and emits `run.started` for those that were not there yet. A rule's run comes in several messages, each with some of
 * its slices; the first inserts the run and the others find it there.
 */
export const insertRuns = async (
  events: Pick<ServiceEvents, "emitAll">,
  tx: Transaction,
  runs: readonly NewRun[],
): Promise<void> => {
  const unique = new Map(runs.map((run) => [run.id, run]));
  const rows = [...unique.values()].map(({ cursor = null, locks = [], cause: _, ...run }) => ({
    ...{ force: false, sliceLimit: null, limitedToken: null, stopsEarly: false, leftOut: 0 },
    ...run,
    cursor,
    locks: [...locks],
    state: cursor === null ? ("open" as const) : ("collecting" as const),
  }));
  const inserted = await insertRecords(tx, runsTable, rows, {
    onConflict: tx`on conflict (id) do nothing`,
    returning: ["id"],
  });
  const started = new Set(inserted.map(({ id }) => id));
  await events.emitAll(tx, [...unique.values()].filter(({ id }) => started.has(id)).map(runStarted));
};

const runStarted = ({ id, analysis, version, document, rule, owner, cause }: NewRun): AnyEmission => ({
  topic: "run.started",
  message: {
    run: id,
    analysis,
    version,
    owner,
    ...(document !== null && { document }),
    ...(rule !== null && { rule }),
  },
  ...(cause && { cause }),
});
