import { archiveKey, datasetKey } from "@rollerblade/abids/bucket-layout";
import { lockInTransaction, type Sql, transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { crashPoint } from "../crash-points.ts";
import { notifyLoops } from "../notifications.ts";
import { archiveLock } from "../publishing/archive-lock.ts";
import { hurryFolders, writeUrgentFolders } from "../publishing/derivative-folder.ts";
import type { DerivativeRow } from "../tables.gen.ts";
import { eraseEnded } from "./erase-orders.ts";
import { removeLogs } from "./forget-tasks.ts";

/** What removing withdrawn derivatives needs. */
type Removal = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "list" | "delete" | "put"> };

/** Derivatives of one batch: half of what one request to S3 deletes, since each may have a sidecar (DeleteObjects takes 1,000). */
const batchSize = 500;

/**
 * Removes the objects of withdrawn derivatives, those in the archive included. Their names are reserved meanwhile, as for a
 * publication: a publication that has begun goes first, and then the name is its own. Every step can be repeated after a crash.
 */
export const removeWithdrawn = async (scheduler: Removal): Promise<void> => {
  await removeLogs(scheduler);
  await eraseEnded(scheduler.sql);
  await removeDerivatives(scheduler);
  await writeUrgentFolders(scheduler);
};

const removeDerivatives = async (scheduler: Removal): Promise<void> => {
  for (;;) {
    const rows = await scheduler.sql<DerivativeRow[]>`
      select derivative.* from scheduler.derivatives as derivative
      left join scheduler.names as name on name.derivative = derivative.id
      where derivative.state = 'withdrawn' and (name.intent is null or name.intent = derivative.id)
      order by derivative.id limit ${batchSize}`;
    if (rows.length === 0) return;
    const reserved = await reserveNames(scheduler, rows);
    const published = rows.filter(({ id }) => reserved.has(id)).flatMap(publishedObjects);
    await scheduler.objects.delete(published);
    const objects = [...published, ...(await removeArchived(scheduler, rows))];
    crashPoint("withdrawal.removed");
    await forget(scheduler, rows, objects);
    if (rows.length < batchSize) return;
  }
};

/** Reserves the names that no publication has reserved. @returns the derivatives whose names are ours now */
const reserveNames = async (
  { sql }: Pick<Removal, "sql">,
  rows: readonly DerivativeRow[],
): Promise<ReadonlySet<string>> => {
  const names = await sql<{ derivative: string }[]>`
    update scheduler.names set intent = derivative
    where derivative = any(${rows.map(({ id }) => id)}::uuid[]) and (intent is null or intent = derivative)
    returning derivative`;
  return new Set(names.map(({ derivative }) => derivative));
};

const publishedObjects = ({ dataset, path, sidecar }: DerivativeRow): string[] =>
  [path, ...(sidecar === null ? [] : [sidecar])].map((one) => datasetKey(dataset, one));

/**
 * Removes the copies in the archive that no other derivative of the dataset needs. No publication writes its intent meanwhile: it would
 * archive an equal content, which this would then take away.
 * @returns the keys of what was removed
 */
const removeArchived = ({ sql, objects }: Removal, rows: readonly DerivativeRow[]): Promise<string[]> =>
  transaction(sql, async (tx) => {
    for (const dataset of [...new Set(rows.map((row) => row.dataset))].sort())
      await lockInTransaction(tx, archiveLock(dataset));
    const contents = await tx<{ dataset: string; sha256: string }[]>`
      select distinct withdrawn.dataset, withdrawn.sha256 from scheduler.derivatives as withdrawn
      where withdrawn.id = any(${rows.map(({ id }) => id)}::uuid[]) and not exists (
        select from scheduler.derivatives as other
        where other.dataset = withdrawn.dataset and other.sha256 = withdrawn.sha256 and other.state = 'archived')
      and not exists (
        select from scheduler.intents as intent join scheduler.tasks as task on task.id = intent.task
        cross join lateral jsonb_array_elements(intent.files) as file
        where task.dataset = withdrawn.dataset
          and withdrawn.sha256 in (file ->> 'sha256', file -> 'predecessor' ->> 'sha256'))`;
    const keys = contents.map(({ dataset, sha256 }) => archiveKey(dataset, sha256));
    await objects.delete(keys);
    return keys;
  });

/** Deletes the rows of what was removed. A derivative whose name is being published to at this moment waits for the next turn. */
const forget = (
  { sql }: Pick<Removal, "sql">,
  rows: readonly DerivativeRow[],
  objects: readonly string[],
): Promise<void> =>
  transaction(sql, async (tx) => {
    const ids = rows.map(({ id }) => id);
    await tx`delete from scheduler.locations where object = any(${[...objects]}::text[])`;
    await tx`delete from scheduler.names where derivative = any(${ids}::uuid[]) and intent = derivative`;
    await tx`
      with removed as (
        delete from scheduler.derivatives as derivative
        where id = any(${ids}::uuid[]) and not exists (select from scheduler.names as name where name.derivative = derivative.id)
        returning dataset, folder)
      update scheduler.folders as folder set changed = changed + 1
      from (select distinct dataset, folder from removed) as touched
      where folder.dataset = touched.dataset and folder.folder = touched.folder`;
    await hurryFolders(
      tx,
      rows.map(({ dataset }) => dataset),
    );
    await notifyLoops(tx, "folders");
  });
