import { mentionPattern, type Transaction } from "@rollerblade/database";
import type { Erased } from "@rollerblade/events";
import type { ExecutionState } from "../schema.ts";

/**
 * Erases what is still noted of a deleted person or dataset. Tasks and runs stay, since counts and histories need them, without anything
 * that names the person: neither slice nor reason, and the query and parameters of a run that names them. Tombstones have stopped by now
 * whatever came late.
 */
export const eraseNotes = async (tx: Transaction, { dataset, subject }: Erased, until: Date): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  const erased = await tx<{ run: string; execution: string | null }[]>`
      update scheduler.tasks
      set slice = jsonb_build_object('level', slice -> 'level', 'dataset', slice -> 'dataset', 'subject', null, 'session', null, 'scan', null),
        slice_key = 'erased/' || id, sources = '{}', requested = null, reason = '', cause = ''
      where dataset = ${dataset} and state = 'final' and decided_at <= ${until}
        and (${subject}::text is null or slice ->> 'subject' = ${subject} or slice_key ~ ${pattern} or reason ~ ${pattern}
          or array_to_string(sources, ' ') ~ ${pattern})
        and not starts_with(slice_key, 'erased/')
      returning run, execution`;
  const names = subject === null ? "" : `(${pattern}|["']${subject.replaceAll("+", "\\+")}["'])`;
  const runs = [...new Set(erased.map(({ run }) => run))];
  await tx`
    update scheduler.runs set reason = '' where id = any(${runs}::uuid[]) and reason ~ ${names}`;
  await eraseOrders(tx, runs, names);
  await tx`
    update scheduler.executions set parameters = '{}'
    where id = any(${erased.flatMap(({ execution }) => execution ?? [])}::uuid[]) and state = any(${finalStates}::text[])
      and parameters::text ~ ${names}`;
  await tx`
    delete from scheduler.tombstones
    where dataset = ${dataset} and at <= ${until} and (${subject}::text is null or subject = ${subject} or path ~ ${pattern})`;
  await tx`
    delete from scheduler.names
    where dataset = ${dataset} and derivative is null and intent is null and (path ~ ${pattern} or identity ~ ${pattern})`;
};

/** An execution of one of these states runs never again: a retry is a new one. */
const finalStates: ExecutionState[] = ["succeeded", "failed", "cancelled"];

/**
 * Erases what people wrote into their orders: queries and parameters. Whatever may still run is computed with the parameters of its run, so
 * that those of a run are erased when it has ended, and nothing of it can be tried again. The run of a rule goes on with the document,
 * which its parameters come from, and with everything that is still to come.
 */
const eraseOrders = async (tx: Transaction, runs: readonly string[], names: string): Promise<void> => {
  const ended = tx`id = any(${[...runs]}::uuid[]) and document is null and state = 'finished'`;
  await tx`update scheduler.runs set query = '' where ${ended} and query ~ ${names}`;
  const erased = await tx<{ id: string }[]>`
    update scheduler.runs set parameters = '{}' where ${ended} and parameters <> '{}' and parameters::text ~ ${names} returning id`;
  await tx`update scheduler.tasks set requested = null where run = any(${erased.map(({ id }) => id)}::uuid[])`;
};
