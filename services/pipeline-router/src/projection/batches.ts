import type { Queryable, Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { type Mark, markDirty } from "../dirty.ts";

/** How long a batch that names no end may stay open, in milliseconds. */
const maxBatchAgeMs = 24 * 60 * 60 * 1000;

/** More scans of a dataset are on their way. */
export const projectOpenedBatches = async (
  events: readonly Received<"batch.opened">[],
  tx: Transaction,
): Promise<void> => {
  const rows = events.map(({ message: { batch, dataset, expiresAt }, time }) => ({
    batch,
    dataset,
    expiresAt:
      expiresAt === undefined ? new Date(time.getTime() + maxBatchAgeMs) : new Date(Number(expiresAt.seconds) * 1000),
  }));
  await tx`
    insert into pipeline_router.batches (batch, dataset, expires_at)
    select distinct on (batch) batch, dataset, "expiresAt"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (batch text, dataset text, "expiresAt" timestamptz)
    on conflict (batch) do nothing`;
};

/** All that came with a batch is known; its end may be received before its beginning. */
export const projectIndexedBatches = async (
  events: readonly Received<"batch.indexed">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, cause } of events) {
    await tx`
      insert into pipeline_router.batches (batch, dataset, closed) values (${message.batch}, ${message.dataset}, true)
      on conflict (batch) do update set closed = true`;
    await markBatch(tx, message.batch, message.dataset, traceparentOf(cause));
  }
};

/** Closes batches that were given up: they hold nothing up any longer. */
export const expireBatches = async (tx: Queryable): Promise<void> => {
  const expired = await tx<{ batch: string; dataset: string }[]>`
    update pipeline_router.batches set closed = true where not closed and expires_at <= now() returning batch, dataset`;
  for (const { batch, dataset } of expired) await markBatch(tx, batch, dataset, null);
};

const markBatch = async (tx: Queryable, batch: string, dataset: string, traceparent: string | null): Promise<void> => {
  const subjects = await tx<Mark[]>`
    select distinct dataset, subject, ${traceparent}::text as traceparent from pipeline_router.scans
    where batch = ${batch} and not withdrawn`;
  const groups = await tx<Mark[]>`
    select distinct dataset, subject, ${traceparent}::text as traceparent from pipeline_router.decisions
    where dataset = ${dataset} and ended_at is null and level in ('session', 'subject') and progress = 'pending' and key is null`;
  await markDirty(tx, [...subjects, ...groups, { dataset, subject: "", traceparent }]);
};
