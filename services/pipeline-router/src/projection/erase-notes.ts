import { mentionPattern, type Transaction } from "@rollerblade/database";
import type { Erased } from "@rollerblade/events";

/**
 * Erases what is still noted of a deleted person or dataset. Withdrawn scans, derivatives that are gone and the deletion itself are kept
 * until now, so that an event from before which arrives late changes nothing; by now every such event was handled.
 */
export const eraseNotes = async (tx: Transaction, { dataset, subject }: Erased, until: Date): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  const isAbout = tx`(${subject}::text is null or subject = ${subject})`;
  await tx`
    delete from pipeline_router.scans
    where dataset = ${dataset} and withdrawn and published_at <= ${until} and (${isAbout} or path ~ ${pattern})`;
  const derivatives = await tx<{ id: string }[]>`
    delete from pipeline_router.derivatives
    where dataset = ${dataset} and gone and published_at <= ${until} and (${isAbout} or path ~ ${pattern} or facts ~ ${pattern})
    returning id`;
  // A decision that waits for its batch may outlive them. It would take what nobody knows any more for what is not known yet.
  await tx`
    update pipeline_router.decisions as decision
    set derivatives = array(select id from unnest(decision.derivatives) as id where id <> all(${derivatives.map(({ id }) => id)}::uuid[]))
    where dataset = ${dataset} and ended_at is null and derivatives && ${derivatives.map(({ id }) => id)}::uuid[]`;
  await tx`
    delete from pipeline_router.decisions
    where dataset = ${dataset} and ended_at is not null and ended_at <= ${until} and (${isAbout} or slice_key ~ ${pattern})`;
  await tx`
    update pipeline_router.decisions set reason = '', failure = null, ended_why = null
    where dataset = ${dataset} and ended_at is not null and ended_at <= ${until}
      and concat_ws(' ', reason, failure, ended_why) ~ ${pattern}`;
  // The sweep begins the dataset anew.
  await tx`update pipeline_router.sweeps set subject = '' where dataset = ${dataset} and ${isAbout}`;
  await tx`
    delete from pipeline_router.deletions
    where dataset = ${dataset} and deleted_at <= ${until} and subject = ${subject ?? ""}`;
};
