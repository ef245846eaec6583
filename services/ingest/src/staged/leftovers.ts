import { datasetKey, importPrefix } from "@rollerblade/abids/bucket-layout";
import { transaction } from "@rollerblade/database";
import { crashPoint } from "@rollerblade/events";
import type { Ingest } from "../ingest.ts";

/** Keys of one delete call. */
const keysAtOnce = 1_000;

/** Deletes the objects of removed files. The dataset's lock must be held, so that no name is taken again meanwhile. */
export const dropGarbage = async (ingest: Ingest, dataset: string): Promise<void> => {
  for (;;) {
    const rows = await ingest.sql<{ path: string; used: boolean }[]>`
      select g.path, f.path is not null as used from ingest.garbage g
      left join ingest.files f on f.dataset = g.dataset and f.path = g.path
      where g.dataset = ${dataset} limit ${keysAtOnce}`;
    if (rows.length === 0) return;
    await ingest.objects.delete(rows.filter(({ used }) => !used).map(({ path }) => datasetKey(dataset, path)));
    await ingest.sql`
      delete from ingest.garbage where dataset = ${dataset} and path = any(${rows.map(({ path }) => path)}::text[])`;
  }
};

/** Deletes the staged bytes, manifest and records of an import that is final; does nothing for any other. */
export const dropStaged = async (ingest: Ingest, id: string): Promise<void> => {
  const [row] = await ingest.sql<{ id: string }[]>`
    select id from ingest.imports
    where id = ${id} and state not in ('open', 'reading', 'committing', 'publishing') and swept_at is null`;
  if (row === undefined) return;
  const own = await ingest.sql<{ key: string }[]>`select key from ingest.staged where import_id = ${id}`;
  await deleteAll(
    ingest,
    own.map(({ key }) => key),
  );
  const handedOver = await dropPrefix(ingest, id);
  crashPoint("ingest.dropped");
  await transaction(ingest.sql, async (tx) => {
    await tx`delete from ingest.staged where import_id = ${id}`;
    // What a committed import kept is needed as long as reports of it may come; the next one of the dataset ends that.
    await tx`
      delete from ingest.import_files where import_id = ${id} and not (gone and exists (
        select from ingest.imports where id = ${id} and state = 'committed' and mode = 'add'))`;
    // A successor still reads from here; it is looked at again when that one is final.
    if (!handedOver) await tx`update ingest.imports set swept_at = now() where id = ${id}`;
  });
};

/**
 * Deletes what lies in the staging folder of an import, but for what a successor took over. @returns whether there is a
 * successor
 */
const dropPrefix = async (ingest: Ingest, id: string): Promise<boolean> => {
  const prefix = importPrefix(id);
  const taken = await ingest.sql<{ key: string }[]>`
    select key from ingest.staged where starts_with(key, ${prefix}) and import_id <> ${id}`;
  const kept = new Set(taken.map(({ key }) => key));
  const keys: string[] = [];
  for await (const { key } of ingest.objects.list(prefix)) if (!kept.has(key)) keys.push(key);
  await deleteAll(ingest, keys);
  return kept.size > 0;
};

const deleteAll = async (ingest: Ingest, keys: readonly string[]): Promise<void> => {
  for (let at = 0; at < keys.length; at += keysAtOnce) await ingest.objects.delete(keys.slice(at, at + keysAtOnce));
};
