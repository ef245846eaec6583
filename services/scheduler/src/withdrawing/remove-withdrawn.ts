import { transaction } from "@rollerblade/database";
import { crashPoint } from "../crash-points.ts";
import { wakeAll } from "../notifications.ts";
import { archiveKey, publishedKey } from "../publishing/put-files.ts";
import type { Scheduler } from "../scheduler.ts";
import type { derivatives } from "../schema.ts";
import { removeLogs } from "./forget-tasks.ts";

type Derivative = typeof derivatives.$inferSelect;

/** Derivatives that are removed in one turn. */
const batch = 500;

/**
 * Removes the objects of withdrawn derivatives, archive included. Each name is held like for a publication meanwhile; a
 * publication that is under way goes first and then holds the name. Every step can be repeated.
 */
export const removeWithdrawn = async (scheduler: Scheduler): Promise<void> => {
  await removeLogs(scheduler);
  for (;;) {
    const rows = await scheduler.sql<Derivative[]>`
      select derivative.* from scheduler.derivatives as derivative
      left join scheduler.names as name on name.derivative = derivative.id
      where derivative.state = 'withdrawn' and (name.intent is null or name.intent = derivative.id)
      order by derivative.id limit ${batch}`;
    if (rows.length === 0) return;
    const held = await holdNames(scheduler, rows);
    const objects = [
      ...rows.filter(({ id }) => held.has(id)).flatMap(publishedObjects),
      ...(await archivedObjects(scheduler, rows)),
    ];
    await scheduler.objects.delete(objects);
    crashPoint("withdrawal.removed");
    await forget(scheduler, rows, objects);
    if (rows.length < batch) return;
  }
};

const holdNames = async ({ sql }: Scheduler, rows: readonly Derivative[]): Promise<ReadonlySet<string>> => {
  const names = await sql<{ derivative: string }[]>`
    update scheduler.names set intent = derivative
    where derivative = any(${rows.map(({ id }) => id)}::uuid[]) and (intent is null or intent = derivative)
    returning derivative`;
  return new Set(names.map(({ derivative }) => derivative));
};

const publishedObjects = ({ dataset, path, sidecar }: Derivative): string[] =>
  [path, ...(sidecar === null ? [] : [sidecar])].map((one) => publishedKey(dataset, one));

/** Copies in the archive that no other derivative of the dataset needs. */
const archivedObjects = async ({ sql }: Scheduler, rows: readonly Derivative[]): Promise<string[]> => {
  const contents = await sql<{ dataset: string; sha256: string }[]>`
    select distinct gone.dataset, gone.sha256 from scheduler.derivatives as gone
    where gone.id = any(${rows.map(({ id }) => id)}::uuid[]) and not exists (
      select from scheduler.derivatives as other
      where other.dataset = gone.dataset and other.sha256 = gone.sha256 and other.state = 'archived')`;
  return contents.map(({ dataset, sha256 }) => archiveKey(dataset, sha256));
};

/** A row whose name somebody publishes to in this moment waits for the next turn. */
const forget = (scheduler: Scheduler, rows: readonly Derivative[], objects: readonly string[]): Promise<void> =>
  transaction(scheduler.sql, async (tx) => {
    const ids = rows.map(({ id }) => id);
    await tx`delete from scheduler.locations where object = any(${[...objects]}::text[])`;
    await tx`delete from scheduler.names where derivative = any(${ids}::uuid[]) and intent = derivative`;
    await tx`
      with gone as (
        delete from scheduler.derivatives as derivative
        where id = any(${ids}::uuid[]) and not exists (select from scheduler.names as name where name.derivative = derivative.id)
        returning dataset, folder)
      update scheduler.folders as folder set changed = changed + 1
      from (select distinct dataset, folder from gone) as touched
      where folder.dataset = touched.dataset and folder.folder = touched.folder`;
    await wakeAll(tx, "folders");
  });
