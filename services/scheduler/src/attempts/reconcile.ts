import { type Sql, transaction } from "@rollerblade/database";
import type { Executor } from "@rollerblade/executors";
import { notifyLoops } from "../notifications.ts";
import { isDead, type LeaseHolder } from "../replica.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { type BegunAttempt, type ClaimedAttempt, readAttempts } from "./read-attempts.ts";

/**
 * Takes over what dead replicas left. Every attempt without a living owner becomes ours, and its executor reports what became of it;
 * publications are free to be claimed; then executors end whatever runs of attempts that nobody owns.
 */
export const reconcileAttempts = async (
  holder: LeaseHolder,
  dispatcher: Pick<Dispatcher, "adopt">,
  executors: readonly Pick<Executor, "reconcile">[],
): Promise<void> => {
  const { sql } = holder;
  const dead = await deadOwners(sql);
  for (const claimed of await takeOver(holder, dead)) dispatcher.adopt(claimed);
  await freePublications(sql, dead);
  for (const executor of executors) await executor.reconcile((found) => ownedAttempts(sql, found));
};

/** Renews the leases of attempts in flight. */
export const renewLeases = async (
  { sql, replica, config }: LeaseHolder,
  attempts: readonly string[],
): Promise<void> => {
  if (attempts.length === 0) return;
  await sql`
    update scheduler.attempts set lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id = any(${[...attempts]}::uuid[]) and lease_owner = ${replica} and state = 'running'`;
};

/** Gives up all leases of this replica when it stops, so that the next one need not wait until they run out. */
export const dropLeases = async ({ sql, replica }: Pick<LeaseHolder, "sql" | "replica">): Promise<void> => {
  await sql`update scheduler.attempts set lease_until = now() where lease_owner = ${replica} and state = 'running'`;
  await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where lease_owner = ${replica} and state = 'publishing'`;
};

/** Finds owners of leases that are certainly dead, so that nobody needs to wait until their leases run out. */
const deadOwners = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ owner: string }[]>`
    select distinct lease_owner as owner from scheduler.attempts where state = 'running'
    union
    select distinct lease_owner from scheduler.tasks where state = 'publishing' and lease_owner is not null`;
  return rows.map(({ owner }) => owner).filter(isDead);
};

const freePublications = async (sql: Sql, dead: readonly string[]): Promise<void> => {
  if (dead.length === 0) return;
  const freed = await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where state = 'publishing' and lease_owner = any(${[...dead]}::text[]) returning id`;
  if (freed.length > 0) await notifyLoops(sql, "publish");
};

/** Leases the attempts whose owners are dead or have not renewed their leases. Several replicas share them without waiting for each other. */
const takeOver = async (
  { sql, replica, config }: LeaseHolder,
  dead: readonly string[],
): Promise<readonly ClaimedAttempt[]> => {
  const taken = await transaction(
    sql,
    (tx) => tx<BegunAttempt[]>`
      update scheduler.attempts
      set lease_owner = ${replica}, lease_until = now() + ${config.leaseSeconds} * interval '1 second'
      where id in (
        select id from scheduler.attempts
        where state = 'running' and (lease_until < now() or lease_owner = any(${[...dead]}::text[]))
        for update skip locked)
      returning id, execution, number, memory`,
  );
  return readAttempts(sql, sql, taken);
};

/** Of attempts that an executor has found, finds those that some replica still takes care of. */
const ownedAttempts = async (sql: Sql, found: readonly string[]): Promise<ReadonlySet<string>> => {
  // An executor may find things of others, whose names are no UUIDs.
  const uuids = found.filter((id) => /^[0-9a-f-]{36}$/.test(id));
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.attempts where id = any(${uuids}::uuid[]) and state = 'running'`;
  return new Set(rows.map(({ id }) => id));
};
