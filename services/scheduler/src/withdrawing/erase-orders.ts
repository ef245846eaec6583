import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import type { ExecutionState } from "../schema.ts";

/** An execution of one of these states runs never again: a retry is a new one. */
const finalStates: ExecutionState[] = ["succeeded", "failed", "cancelled"];

/** Ids of runs that may name the person, and of executions whose tasks were erased. */
type Orders = { readonly runs: readonly string[]; readonly executions: readonly string[] };

/**
 * Erases what people wrote into their orders and what names somebody: queries and parameters. A query is needed while the slices of its run
 * are collected, and parameters while anything may still be computed with them; what is needed is marked, and erased by {@link eraseEnded}.
 * The run of a rule keeps its parameters: it goes on with the document, which they come from, and with everything that is still to come.
 * @param names regular expression of what names the person; empty for all, when a dataset is erased
 */
export const eraseOrders = async (tx: Transaction, { runs, executions }: Orders, names: string): Promise<void> => {
  await tx`
    update scheduler.runs set
      reason = case when reason ~ ${names} then '' else reason end,
      erased_at_end = erased_at_end
        || case when query <> '' and query ~ ${names} and 'query' <> all(erased_at_end)
          then array['query'] else '{}' end
        || case when ((parameters <> '{}' and parameters::text ~ ${names}) or (locks <> '[]' and locks::text ~ ${names}))
            and 'parameters' <> all(erased_at_end)
          then array['parameters'] else '{}' end
    where id = any(${[...runs]}::uuid[]) and document is null`;
  await tx`
    update scheduler.runs set reason = '' where id = any(${[...runs]}::uuid[]) and document is not null and reason ~ ${names}`;
  await tx`
    update scheduler.executions set erased_at_end = true
    where id = any(${[...executions]}::uuid[]) and parameters <> '{}' and parameters::text ~ ${names}`;
  await eraseEndedOrders(tx);
};

/** Erases what is marked and needed no longer. The loop that calls it comes soon after the end of every run. */
export const eraseEnded = async (sql: Sql): Promise<void> => {
  // Most turns find nothing, and need no transaction for it.
  const [marked] = await sql`
    select from scheduler.runs where erased_at_end <> '{}'
    union all select from scheduler.executions where erased_at_end limit 1`;
  if (marked !== undefined) await transaction(sql, eraseEndedOrders);
};

const eraseEndedOrders = async (tx: Transaction): Promise<void> => {
  await tx`
    update scheduler.runs set query = '', erased_at_end = array_remove(erased_at_end, 'query')
    where 'query' = any(erased_at_end) and state <> 'collecting'`;
  const ended = await tx<{ id: string }[]>`
    update scheduler.runs set parameters = '{}', locks = '[]', reason = '', erased_at_end = array_remove(erased_at_end, 'parameters')
    where 'parameters' = any(erased_at_end) and state = 'finished' returning id`;
  const tasks = await tx<{ execution: string | null }[]>`
    update scheduler.tasks set requested = null where run = any(${ended.map(({ id }) => id)}::uuid[]) returning execution`;
  // Whoever shares an execution has given the same parameters.
  await tx`
    update scheduler.executions set erased_at_end = true
    where parameters <> '{}' and id = any(${tasks.flatMap(({ execution }) => execution ?? [])}::uuid[])`;
  await tx`
    update scheduler.executions set parameters = '{}', erased_at_end = false
    where erased_at_end and state = any(${finalStates}::text[])`;
};
