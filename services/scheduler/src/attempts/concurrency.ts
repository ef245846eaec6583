import type { Transaction } from "@rollerblade/database";
import type { QueuedExecution } from "./choose-fitting.ts";
import type { Version } from "./read-queues.ts";

/** How many executions of an analysis may run at once, by one of its versions, and how many run now, of all its versions. */
export type ConcurrencyLimit = Version & { readonly limit: number; readonly running: number };

/** Reads the limits that manifests state. The lock of the claim must be held, so that nobody starts any meanwhile. */
export const readLimits = (tx: Transaction): PromiseLike<ConcurrencyLimit[]> => tx<ConcurrencyLimit[]>`
  select analysis.name as analysis, analysis.version, (analysis.manifest ->> 'concurrency')::int as "limit",
    (select count(*)::int from scheduler.executions as execution
      where execution.state = 'running' and execution.analysis = analysis.name) as running
  from scheduler.analyses as analysis where analysis.manifest ->> 'concurrency' is not null`;

const isOf =
  ({ analysis, version }: Version) =>
  (other: Version): boolean =>
    other.analysis === analysis && other.version === version;

/** Versions of which nothing more may start now, beside those that are started already. */
export const saturated = (
  limits: readonly ConcurrencyLimit[],
  started: readonly QueuedExecution[] = [],
): readonly ConcurrencyLimit[] =>
  limits.filter(
    ({ analysis, limit, running }) =>
      running + started.filter((execution) => execution.analysis === analysis).length >= limit,
  );

/** Leaves out, from the front of a queue on, what would exceed the limit of its analysis if all before it were started. */
export const withinLimits = (
  queue: readonly QueuedExecution[],
  limits: readonly ConcurrencyLimit[],
): readonly QueuedExecution[] => {
  if (limits.length === 0) return queue;
  const running = new Map(limits.map((one) => [one.analysis, one.running]));
  return queue.filter((execution) => {
    const now = running.get(execution.analysis);
    if (now === undefined) return true;
    // Another version of the analysis may have no limit, and counts all the same.
    const limit = limits.find(isOf(execution))?.limit ?? Number.POSITIVE_INFINITY;
    if (now >= limit) return false;
    running.set(execution.analysis, now + 1);
    return true;
  });
};
