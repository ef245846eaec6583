import type { Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { type Mark, markDirty } from "../dirty.ts";

type Deletion = { readonly dataset: string; readonly subject: string; readonly at: Date; readonly traceparent: string };

/** Forgets a person, and all that was made of them. */
export const projectDeletedSubjects = (
  events: readonly Received<"subject.deleted">[],
  tx: Transaction,
): Promise<void> =>
  forget(
    tx,
    events.map(({ message: { dataset, subject }, cause, time }) => ({
      dataset,
      subject,
      at: time,
      traceparent: traceparentOf(cause),
    })),
  );

/** Forgets a whole dataset. */
export const projectDeletedDatasets = (
  events: readonly Received<"dataset.deleted">[],
  tx: Transaction,
): Promise<void> =>
  forget(
    tx,
    events.map(({ message: { dataset }, cause, time }) => ({
      dataset,
      subject: "",
      at: time,
      traceparent: traceparentOf(cause),
    })),
  );

/** What was published before the deletion is gone, even if it is received later; what is published after it counts again. */
const forget = async (tx: Transaction, deletions: readonly Deletion[]): Promise<void> => {
  for (const { dataset, subject, at, traceparent } of deletions) {
    await tx`
      insert into pipeline_router.deletions as known (dataset, subject, deleted_at) values (${dataset}, ${subject}, ${at})
      on conflict (dataset, subject) do update set deleted_at = greatest(known.deleted_at, excluded.deleted_at)`;
    const marks = await tx<Mark[]>`
      with gone_scans as (
        update pipeline_router.scans set withdrawn = true, facts = null, changed_at = now()
        where dataset = ${dataset} and (${subject} = '' or subject = ${subject}) and published_at <= ${at} and not withdrawn
        returning dataset, subject),
      gone_derivatives as (
        update pipeline_router.derivatives set gone = true
        where dataset = ${dataset} and (${subject} = '' or subject = ${subject}) and published_at <= ${at} and not gone
        returning dataset, coalesce(subject, '') as subject),
      decided as (
        select dataset, coalesce(subject, '') as subject from pipeline_router.decisions
        where dataset = ${dataset} and (${subject} = '' or subject = ${subject}) and ended_at is null)
      select dataset, subject, ${traceparent}::text as traceparent from gone_scans
      union select dataset, subject, ${traceparent} from gone_derivatives
      union select dataset, subject, ${traceparent} from decided`;
    await markDirty(tx, marks);
  }
};
