import { mentionPattern, type Transaction } from "@rollerblade/database";
import type { Erased } from "@rollerblade/events";
import { eraseOrders } from "./erase-orders.ts";

/**
 * Erases what is still noted of a deleted person or dataset. Tasks and runs stay, since counts and histories need them, without anything
 * that names the person: neither slice nor reason, and the query and parameters of a run that names them, though it was of others, too.
 * Tombstones have stopped by now whatever came late.
 */
export const eraseNotes = async (tx: Transaction, { dataset, subject }: Erased, until: Date): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  const erased = await tx<{ execution: string | null }[]>`
      update scheduler.tasks
      set slice = jsonb_build_object('level', slice -> 'level', 'dataset', slice -> 'dataset', 'subject', null, 'session', null, 'scan', null),
        slice_key = 'erased/' || id, sources = '{}', requested = null, reason = '', cause = ''
      where dataset = ${dataset} and state = 'final' and decided_at <= ${until}
        and (${subject}::text is null or slice ->> 'subject' = ${subject} or slice_key ~ ${pattern} or reason ~ ${pattern}
          or array_to_string(sources, ' ') ~ ${pattern})
        and not starts_with(slice_key, 'erased/')
      returning execution`;
  const names = subject === null ? "" : `(${pattern}|["']${subject.replaceAll("+", "\\+")}["'])`;
  const runs = await tx<{ id: string }[]>`
    select id from scheduler.runs as run
    where created_at <= ${until}
      and exists (select from scheduler.tasks as task where task.run = run.id and task.dataset = ${dataset})`;
  await eraseOrders(
    tx,
    { runs: runs.map(({ id }) => id), executions: erased.flatMap(({ execution }) => execution ?? []) },
    names,
  );
  await tx`
    delete from scheduler.tombstones
    where dataset = ${dataset} and at <= ${until} and (${subject}::text is null or subject = ${subject} or path ~ ${pattern})`;
  await tx`
    delete from scheduler.names
    where dataset = ${dataset} and derivative is null and intent is null and (path ~ ${pattern} or identity ~ ${pattern})`;
};
