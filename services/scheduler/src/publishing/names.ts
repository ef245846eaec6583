import type { Transaction } from "@rollerblade/database";
import { type Location, lookAt } from "../locations/held-locations.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Candidate, NameState } from "./decide-publishing.ts";
import type { PublishFile } from "./publish-file.ts";

/** Places that we never used and at which something lies all the same. */
export const findForeign = async (
  { sql, objects }: Scheduler,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<string>> => {
  const places = [...new Set(candidates.map(({ place }) => place))];
  const known = await sql<{ place: string }[]>`
    select dataset || '/' || path as place from scheduler.names
    where (dataset, path) in (
      select split_part(place, '/', 1), substr(place, strpos(place, '/') + 1) from unnest(${places}::text[]) as place)`;
  const ours = new Set(known.map(({ place }) => place));
  const unknown = places.filter((place) => !ours.has(place));
  const heads = await Promise.all(unknown.map((place) => objects.head(`datasets/${place}`)));
  return new Set(unknown.filter((_, index) => heads[index] !== null));
};

/** Places that still hold what they held when it was published. */
export const findHeld = async (
  { sql, objects }: Scheduler,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<string>> => {
  const keys = new Map(candidates.map(({ place }) => [`datasets/${place}`, place]));
  const known = await sql<
    Location[]
  >`select * from scheduler.locations where object = any(${[...keys.keys()]}::text[])`;
  const looks = await lookAt(objects, known);
  return new Set([...keys].filter(([key]) => looks.get(key)?.held === true).map(([, place]) => place));
};

/** Makes sure that every place has a row, and holds them all for this transaction, in one order for everybody. */
export const lockNames = async (
  tx: Transaction,
  candidates: readonly Candidate[],
  foreign: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Promise<Map<string, NameState>> => {
  if (candidates.length === 0) return new Map();
  const rows = candidates.map(({ place, identity, name: { path } }) => ({
    dataset: place.slice(0, place.length - path.length - 1),
    path,
    identity,
    free: !foreign.has(place),
  }));
  const wanted = asRecords(rows);
  await tx`
    insert into scheduler.names (dataset, path, identity, sequence)
    select distinct on (dataset, path) dataset, path, identity, 0
    from jsonb_to_recordset(${wanted}::text::jsonb) as row(dataset text, path text, identity text, free boolean)
    where free order by dataset, path
    on conflict do nothing`;
  const names = await tx<(Omit<NameState, "held"> & { place: string })[]>`
    select name.dataset || '/' || name.path as place, name.identity, name.derivative, name.sha256, name.sequence, name.intent,
      (select key from scheduler.derivatives where id = name.derivative) as key,
      coalesce((select state = 'withdrawn' from scheduler.derivatives where id = name.derivative), false) as withdrawn
    from scheduler.names as name
    where (name.dataset, name.path) in (
      select dataset, path from jsonb_to_recordset(${wanted}::text::jsonb) as row(dataset text, path text))
    order by name.dataset, name.path for update`;
  return new Map(names.map((name) => [name.place, { ...name, held: held.has(name.place) }]));
};

/** Writes down what each task is about to publish, and that nobody else may touch these names meanwhile. */
export const writeIntents = async (
  tx: Transaction,
  intents: readonly { readonly task: string; readonly files: readonly PublishFile[] }[],
): Promise<void> => {
  if (intents.length === 0) return;
  await tx`
    with row as (
      select * from jsonb_to_recordset(${asRecords(intents)}::text::jsonb) as row(task uuid, files jsonb)),
    written as (insert into scheduler.intents (task, files) select task, files from row)
    update scheduler.names as name set intent = row.task
    from row
    join scheduler.tasks as task on task.id = row.task
    cross join lateral jsonb_array_elements(row.files) as file
    where name.dataset = task.dataset and name.path = file -> 'name' ->> 'path'`;
};

/** Forgets intents, and lets go of their names. */
export const closeIntents = async (tx: Transaction, tasks: readonly string[]): Promise<void> => {
  await Promise.all([
    tx`delete from scheduler.intents where task = any(${[...tasks]}::uuid[])`,
    tx`update scheduler.names set intent = null where intent = any(${[...tasks]}::uuid[])`,
  ]);
};
