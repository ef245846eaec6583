import { transaction } from "@rollerblade/database";
import type { Executor } from "@rollerblade/executors";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { notifyLoops } from "../notifications.ts";
import { isDead } from "../replica.ts";
import type { Scheduler } from "../scheduler.ts";
import type { ClaimedAttempt } from "./claim-attempts.ts";
import type { Dispatcher } from "./dispatcher.ts";

/**
 * Takes up what dead replicas left: every attempt without a living owner becomes ours, and its executor says what became of
 * it; then whatever runs of attempts that nobody owns is ended.
 */
export const reconcileAttempts = async (
  scheduler: Scheduler,
  dispatcher: Dispatcher,
  executors: readonly Executor[],
): Promise<void> => {
  const dead = await deadOwners(scheduler);
  for (const claimed of await takeOver(scheduler, dead)) dispatcher.adopt(claimed);
  await freePublications(scheduler, dead);
  for (const executor of executors) await executor.reconcile((found) => ownedAttempts(scheduler, found));
};

/** Says that we live, for all that is in hand. */
export const renewLeases = async ({ sql, replica, config }: Scheduler, dispatcher: Dispatcher): Promise<void> => {
  const attempts = dispatcher.attempts();
  if (attempts.length === 0) return;
  await sql`
    update scheduler.attempts set lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id = any(${[...attempts]}::uuid[]) and lease_owner = ${replica} and state = 'running'`;
};

/** Hands over at once what is in hand: whoever comes next need not wait for the leases. */
export const dropLeases = async ({ sql, replica }: Scheduler): Promise<void> => {
  await sql`update scheduler.attempts set lease_until = now() where lease_owner = ${replica} and state = 'running'`;
  await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where lease_owner = ${replica} and state = 'publishing'`;
};

/** Owners of leases that are certainly dead, so that their leases need not run out. */
const deadOwners = async ({ sql }: Scheduler): Promise<string[]> => {
  const rows = await sql<{ owner: string }[]>`
    select distinct lease_owner as owner from scheduler.attempts where state = 'running'
    union
    select distinct lease_owner from scheduler.tasks where state = 'publishing' and lease_owner is not null`;
  return rows.map(({ owner }) => owner).filter(isDead);
};

type Taken = {
  readonly id: string;
  readonly number: number;
  readonly memory: number;
  readonly execution: string;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: ClaimedAttempt["attempt"]["parameters"];
  readonly requested: ClaimedAttempt["attempt"]["slice"] | null;
  readonly traceparent: string | null;
  readonly rank: number;
  readonly owner: string;
};

const freePublications = async ({ sql }: Scheduler, dead: readonly string[]): Promise<void> => {
  if (dead.length === 0) return;
  const freed = await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where state = 'publishing' and lease_owner = any(${[...dead]}::text[]) returning id`;
  if (freed.length > 0) await notifyLoops(sql, "publish");
};

const takeOver = async (scheduler: Scheduler, dead: readonly string[]): Promise<ClaimedAttempt[]> => {
  const rows = await transaction(
    scheduler.sql,
    (tx) => tx<Taken[]>`
      with taken as (
        update scheduler.attempts
        set lease_owner = ${scheduler.replica}, lease_until = now() + ${scheduler.config.leaseSeconds} * interval '1 second'
        where id in (
          select id from scheduler.attempts
          where state = 'running' and (lease_until < now() or lease_owner = any(${[...dead]}::text[]))
          for update skip locked)
        returning id, number, memory, execution)
      select taken.*, execution.analysis, execution.version, execution.parameters, execution.rank, execution.owner, task.requested, task.traceparent
      from taken
      join scheduler.executions as execution on execution.id = taken.execution
      left join lateral (
        select requested, traceparent from scheduler.tasks
        where tasks.execution = taken.execution and requested is not null
        order by (state = 'waiting') desc, sequence limit 1) as task on true`,
  );
  const analyses = await findAnalyses(scheduler.sql, scheduler.sql, rows);
  return rows.flatMap(({ id, number, execution, memory, parameters, requested, traceparent, rank, owner, ...of }) => {
    const analysis = analyses.get(versionKey(of.analysis, of.version));
    if (analysis === undefined || requested === null) return [];
    const { manifest, code, image, folder } = analysis;
    const attempt = { id, execution, manifest, parameters, slice: requested, code, image, folder, memory };
    return [
      { attempt: { ...attempt, rank, owner, traceparent: "" }, number, traceparent: traceparent ?? "", shared: [] },
    ];
  });
};

const ownedAttempts = async ({ sql }: Scheduler, found: readonly string[]): Promise<ReadonlySet<string>> => {
  const uuids = found.filter((id) => /^[0-9a-f-]{36}$/.test(id));
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.attempts where id = any(${uuids}::uuid[]) and state = 'running'`;
  return new Set(rows.map(({ id }) => id));
};
