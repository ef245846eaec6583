import type { SliceRef } from "@rollerblade/abids/facts";
import type { RequestedSlice } from "@rollerblade/analysis";
import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { tasksTable } from "../tables.gen.ts";

/** A slice that is to be done for a run. */
export type NewTask = {
  readonly id: string;
  readonly run: string;
  /** With `round` it identifies the request: the same one again inserts nothing. */
  readonly decision: string;
  /** From 1; rises when the same decision is requested anew. */
  readonly round: number;
  /** The router's order of decisions for one document, rule and slice. */
  readonly decided: number;
  readonly document: string | null;
  readonly rule: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly rank: number;
  readonly owner: string;
  readonly slice: SliceRef;
  readonly sliceKey: string;
  /** Null where `fault` says why there is none. */
  readonly requested: RequestedSlice | null;
  /** `dataset/path` of each. */
  readonly sources: readonly string[];
  /** Its own, and those of its sources. */
  readonly datasets: readonly string[];
  readonly key: string;
  readonly traceparent: string;
  readonly decidedAt: Date;
  /** Why it can never run, and how it ends. */
  readonly fault: { readonly fault: string; readonly outcome: "failed" | "not-applicable" } | null;
};

/**
 * The distance between the sequences of two tasks that arrive one after the other: 2²⁰. A decision that arrives late is put in the
 * middle between its neighbours, so 20 of them fit between any two, each halving what was left. A 21st shares the sequence of the
 * decision before it, and whichever of the two is published last holds the name; no order is ever reversed.
 * Numbers stay exact in JavaScript up to 2⁵³, which leaves room for 2³³ tasks.
 */
const sequenceGap = 2 ** 20;

/** What a task brings with it; `ordinal` is its place among those of the statement. */
const columns = {
  ...columnsOf(
    tasksTable,
    ...(["id", "run", "decision", "round", "decided", "document", "rule", "analysis", "version"] as const),
    ...(["parametersHash", "rank", "owner", "slice", "sliceKey", "requested", "sources", "datasets", "key"] as const),
    ...(["traceparent", "decidedAt"] as const),
  ),
  ordinal: "integer",
} as const;

/**
 * Inserts tasks in one statement; those whose decision and round are there already are left as they are.
 *
 * The `sequence` of a task decides which of two derivatives holds a name: the higher one. It rises with arrival, but must never go
 * against `decided`, the router's own order for one document, rule and slice, although messages may overtake each other:
 *
 *     decided    1            3                 sequence    1 · 2²⁰        2 · 2²⁰
 *     2 arrives  1     2      3                             1 · 2²⁰  1.5 · 2²⁰  2 · 2²⁰
 *
 * Late ones that arrive in one statement do not see each other in the table; they share the room between their neighbours evenly.
 * @returns the ids of those that were inserted
 */
export const insertTaskRows = async (tx: Transaction, tasks: readonly NewTask[]): Promise<readonly string[]> => {
  const rows = await tx<{ id: string }[]>`
    with requested as (
      select ordered.*, nextval('scheduler.arrivals') * ${sequenceGap} as arrival
      from (
        select * from ${recordset(
          tx,
          columns,
          tasks.map((task, ordinal) => ({ ...task, ordinal })),
        )} as record
        order by decided, ordinal) as ordered),
    placed as (
      select requested.*, later.sequence as upper, coalesce(earlier.sequence, later.sequence - ${sequenceGap}) as lower
      from requested
      left join lateral (
        select min(sequence) as sequence from scheduler.tasks as other
        where other.document = requested.document and other.rule = requested.rule and other.slice_key = requested.slice_key
          and other.decided > requested.decided) as later on true
      left join lateral (
        select max(sequence) as sequence from scheduler.tasks as other
        where later.sequence is not null and other.document = requested.document and other.rule = requested.rule
          and other.slice_key = requested.slice_key and other.decided < requested.decided) as earlier on true)
    insert into scheduler.tasks (
      id, run, decision, round, decided, sequence, document, rule, analysis, version, parameters_hash, rank, owner, dataset,
      slice, slice_key, requested, sources, datasets, key, state, traceparent, decided_at)
    select id, run, decision, round, decided,
      case when upper is null then arrival
           else lower + div((upper - lower)::numeric * dense_rank() over (slot order by decided), count(*) over slot + 1)::bigint end,
      document, rule, analysis, version, parameters_hash, rank, owner, slice ->> 'dataset',
      slice, slice_key, requested, sources, datasets, key, 'open', traceparent, decided_at
    from placed
    window slot as (partition by document, rule, slice_key, lower, upper)
    on conflict (decision, round) do nothing
    returning id`;
  return rows.map(({ id }) => id);
};
