import { type Queryable, recordset, type Transaction } from "@rollerblade/database";
import { type Place, placeName } from "../dirty.ts";

/** Marks that are looked at for one answer: enough for many places, so few that a long queue costs nothing. */
const marksAtOnce = 2_000;

/** The subjects that are due, of the longest-waiting marks; or, with `whole`, the datasets. */
export const duePlaces = (sql: Queryable, whole: boolean): Promise<Place[]> =>
  sql<Place[]>`
    select dataset, subject from (
      select id, dataset, subject from pipeline_router.dirty
      where due_at <= now() and (subject = '') = ${whole} order by id limit ${marksAtOnce}) as mark
    group by dataset, subject order by min(id)`;

/**
 * Locks those places that nobody else is evaluating until the transaction ends. Two routers can therefore not both miss a change
 * that only the other one saw: whoever comes second finds everything that was committed before its lock.
 */
export const lockPlaces = async <P extends Place>(tx: Transaction, places: readonly P[]): Promise<P[]> => {
  const names = places.map(placeName);
  const rows = await tx<{ name: string }[]>`
    select name from unnest(${names}::text[]) as name
    where pg_try_advisory_xact_lock(hashtextextended('pipeline-router/' || name, 0))`;
  const locked = new Set(rows.map(({ name }) => name));
  return places.filter((place) => locked.has(placeName(place)));
};

/** Takes the marks of these places; gives back the trace of the newest mark of each. A mark that is committed later stays. */
export const takeMarks = async (
  tx: Transaction,
  places: readonly Place[],
): Promise<ReadonlyMap<string, string | null>> => {
  const rows = await tx<{ dataset: string; subject: string; traceparent: string | null; id: number }[]>`
    delete from pipeline_router.dirty mark
    using ${recordset(
      tx,
      { dataset: "text", subject: "text" },
      places.map(({ dataset, subject }) => ({ dataset, subject })),
    )} as place
    where mark.dataset = place.dataset and mark.subject = place.subject
    returning mark.dataset, mark.subject, mark.traceparent, mark.id`;
  const newest = new Map<string, string | null>();
  for (const row of rows.sort((a, b) => a.id - b.id))
    if (row.traceparent !== null) newest.set(placeName(row), row.traceparent);
  return newest;
};
