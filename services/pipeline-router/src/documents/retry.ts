import { transaction } from "@rollerblade/database";
import { type ReadGrants, type ServiceContext, visible } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { markDirty, placeOfSlice } from "../dirty.ts";

/** What is to be asked for again. */
export type Retry = { readonly document: string; readonly rule: string | null; readonly dataset: string | null };

/**
 * Forgets the failures, so that the evaluation asks once more, in a new round, where the state still calls for it. Gives back how many
 * there were.
 */
export const retryFailures = (
  { sql }: ServiceContext,
  { document, rule, dataset }: Retry,
  grants: ReadGrants,
): Promise<number> =>
  transaction(sql, async (tx) => {
    const rows = await tx<{ dataset: string; subject: string | null }[]>`
      update pipeline_router.decisions as decision set
        outcome = null, failure = null, progress = 'pending', reason = 'started', changed_at = now()
      where document = ${document} and ended_at is null and outcome in ('failed', 'cancelled')
        and (${rule}::text is null or rule = ${rule}) and (${dataset}::text is null or dataset = ${dataset})
        and ${visible(tx, grants, { datasets: tx`array[decision.dataset]`, at: tx`decision.created_at` })}
      returning dataset, subject`;
    const traceparent = currentTraceparent() || null;
    await markDirty(
      tx,
      rows.map((row) => ({ ...placeOfSlice(row), traceparent })),
    );
    return rows.length;
  });
