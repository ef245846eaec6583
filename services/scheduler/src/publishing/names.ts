import { datasetsPrefix } from "@rollerblade/abids/bucket-layout";
import { type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import { columnsOf, insertRecords, recordset, type Sql, type Transaction, together } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { checkLocations } from "../locations/check-locations.ts";
import { placesMisdescribed } from "../locations/check-sidecars.ts";
import { intentsTable, type LocationRow, namesTable } from "../tables.gen.ts";
import type { FileCandidate, NameState } from "./decide-publishing.ts";
import type { PublishFile } from "./publish-file.ts";

/** What looking at names needs: their rows, and the objects that lie there. */
type Names = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "head" | "heads" | "get"> };

/** Finds the places that no publication ever used and at which an object lies all the same. */
export const findForeign = async (
  { sql, objects }: Names,
  candidates: readonly FileCandidate[],
): Promise<ReadonlySet<string>> => {
  const places = [...new Set(candidates.map(({ place }) => place))];
  const known = await sql<{ place: string }[]>`
    select dataset || '/' || path as place from scheduler.names
    where (dataset, path) in (
      select split_part(place, '/', 1), substr(place, strpos(place, '/') + 1) from unnest(${places}::text[]) as place)`;
  const ours = new Set(known.map(({ place }) => place));
  const unknown = places.filter((place) => !ours.has(place));
  const heads = await Promise.all(unknown.map((place) => objects.head(datasetsPrefix + place)));
  return new Set(unknown.filter((_, index) => heads[index] !== null));
};

/** Finds the places that still hold what they held when it was published. */
export const findHeld = async (
  { sql, objects }: Names,
  candidates: readonly FileCandidate[],
): Promise<ReadonlySet<string>> => {
  const keys = new Map(candidates.map(({ place }) => [datasetsPrefix + place, place]));
  const known = await sql<LocationRow[]>`
    select * from scheduler.locations where object = any(${[...keys.keys()]}::text[])`;
  const checks = await checkLocations(objects, known);
  const held = candidates.filter(({ place }) => checks.get(datasetsPrefix + place)?.held === true);
  const misdescribed = await placesMisdescribed(
    { sql, objects },
    held.map(({ place, name: { path } }) => ({ dataset: place.slice(0, place.length - path.length - 1), path })),
  );
  return new Set(held.map(({ place }) => place).filter((place) => !misdescribed.has(place)));
};

/**
 * Inserts a row for every place that has none, and locks the rows of all of them for this transaction, in one order for everybody so
 * that two publications wait for each other and never deadlock.
 * @param foreign places at which foreign files lie: these get no row
 * @param held places that hold what they should
 */
export const lockNames = async (
  tx: Transaction,
  candidates: readonly FileCandidate[],
  foreign: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Promise<Map<string, NameState>> => {
  if (candidates.length === 0) return new Map();
  const unique = new Map(candidates.map((candidate) => [candidate.place, candidate]));
  const rows = [...unique.values()]
    .map(({ place, identity, name: { path } }) => ({
      dataset: place.slice(0, place.length - path.length - 1),
      path,
      identity,
      sequence: 0,
    }))
    .sort((a, b) => (a.dataset === b.dataset ? compare(a.path, b.path) : compare(a.dataset, b.dataset)));
  await insertRecords(
    tx,
    namesTable,
    rows.filter(({ dataset, path }) => !foreign.has(`${dataset}/${path}`)),
    { onConflict: tx`on conflict do nothing` },
  );
  const wanted = recordset(tx, columnsOf(namesTable, "dataset", "path"), rows);
  const names = await tx<(Omit<NameState, "held" | "sliceKey"> & { place: string; slice: SliceRef | null })[]>`
    select name.dataset || '/' || name.path as place, name.identity, name.derivative, name.sha256, name.sequence, name.intent,
      (select key from scheduler.derivatives where id = name.derivative) as key,
      (select metadata from scheduler.derivatives where id = name.derivative) as metadata,
      (select slice from scheduler.derivatives where id = name.derivative) as slice,
      coalesce((select state = 'withdrawn' from scheduler.derivatives where id = name.derivative), false) as withdrawn
    from scheduler.names as name
    where (name.dataset, name.path) in (select dataset, path from ${wanted} as wanted)
    order by name.dataset, name.path for update`;
  return new Map(
    names.map(({ slice, ...name }) => [
      name.place,
      { ...name, sliceKey: slice === null ? null : sliceKey(slice), held: held.has(name.place) },
    ]),
  );
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Writes what each task is about to publish, and reserves its names: no other publication may change them meanwhile. */
export const insertIntents = async (
  tx: Transaction,
  intents: readonly { readonly task: string; readonly files: readonly PublishFile[] }[],
): Promise<void> => {
  if (intents.length === 0) return;
  const rows = intents.map(({ task, files }) => ({ task, files: [...files] }));
  await insertRecords(tx, intentsTable, rows);
  await tx`
    update scheduler.names as name set intent = intent.task
    from ${recordset(tx, columnsOf(intentsTable, "task", "files"), rows)} as intent
    join scheduler.tasks as task on task.id = intent.task
    cross join lateral jsonb_array_elements(intent.files) as file
    where name.dataset = task.dataset and name.path = file -> 'name' ->> 'path'`;
};

/** Deletes intents, and releases their names. */
export const closeIntents = async (tx: Transaction, tasks: readonly string[]): Promise<void> => {
  await together([
    tx`delete from scheduler.intents where task = any(${[...tasks]}::uuid[])`,
    tx`update scheduler.names set intent = null where intent = any(${[...tasks]}::uuid[])`,
  ]);
};
