import {
  columnsOf,
  insertRecords,
  type Queryable,
  recordset,
  type Sql,
  type Transaction,
  transaction,
} from "@rollerblade/database";
import { type AnyEmission, eventIdOf, type Received, type ServiceEvents } from "@rollerblade/events";
import { batchesTable } from "../tables.gen.ts";
import { storableText } from "./storable.ts";

type Belonging = { readonly event: Received; readonly dataset: string; readonly batch: string | null };
type Batch = { readonly id: string; readonly dataset: string };

const ensureBatches = async (tx: Queryable, batches: readonly Batch[]): Promise<void> => {
  const rows = batches.map(({ id, dataset }) => ({ id, dataset }));
  await insertRecords(tx, batchesTable, rows, { onConflict: tx`on conflict do nothing` });
  // Whoever counts holds the row until the end, so that of two who bring the last events one sees that they are the last.
  await tx`select id from catalog.batches where id = any(${batches.map(({ id }) => id)}::text[]) order by id for update`;
};

const distinct = (batches: readonly Batch[]): Batch[] => [
  ...new Map(batches.map((batch) => [batch.id, batch])).values(),
];

const emitIndexed = (tx: Queryable, events: ServiceEvents, done: readonly Batch[]): Promise<void> =>
  events.emitAll(
    tx,
    done.map(
      ({ id, dataset }): AnyEmission => ({
        topic: "batch.indexed",
        message: { batch: id, dataset },
        id: eventIdOf("batch.indexed", id),
      }),
    ),
  );

const completeBatches = async (tx: Queryable, events: ServiceEvents, ids: readonly string[]): Promise<void> => {
  const done = await tx<Batch[]>`
    update catalog.batches b set indexed_at = now()
    where id = any(${[...ids]}::text[]) and indexed_at is null and expected is not null
      and handled + (select count(*) from catalog.batch_refusals r where r.batch = b.id) >= expected
    returning id, dataset`;
  await emitIndexed(tx, events, done);
};

/** Remembers open batches and until when they hold anything up. */
export const openBatches = async (opened: readonly Received<"batch.opened">[], tx: Transaction): Promise<void> => {
  const batches = opened.map(({ message }) => ({ id: message.batch, dataset: message.dataset }));
  await ensureBatches(tx, distinct(batches));
  const expiries = opened.map(({ message }) => ({ id: message.batch, expiresAt: expiryOf(message.expiresAt) }));
  await tx`
    update catalog.batches b set expires_at = o.expires_at
    from ${recordset(tx, columnsOf(batchesTable, "id", "expiresAt"), expiries)} as o
    where b.id = o.id`;
};

const expiryOf = (time: { readonly seconds: bigint; readonly nanos: number } | undefined): string | null =>
  time === undefined ? null : new Date(Number(time.seconds) * 1000).toISOString();

/** Learns how many events belong to each batch; the last one may have been handled already. */
export const closeBatches = async (
  events: ServiceEvents,
  closed: readonly Received<"batch.closed">[],
  tx: Transaction,
): Promise<void> => {
  const batches = closed.map(({ message }) => ({ id: message.batch, dataset: message.dataset }));
  await ensureBatches(tx, distinct(batches));
  const counted = closed.map(({ message: { batch, dataset, events: expected } }) => ({
    ...{ id: batch, dataset },
    expected: Number(expected),
  }));
  await tx`
    update catalog.batches b set expected = c.expected
    from ${recordset(tx, columnsOf(batchesTable, "id", "dataset", "expected"), counted)} as c
    where b.id = c.id and b.dataset = c.dataset`;
  await completeBatches(
    tx,
    events,
    batches.map(({ id }) => id),
  );
};

/** Counts handled events, each once however many changes it brought; one that had been refused and was replayed counts once, too. */
export const countHandled = async (
  tx: Transaction,
  events: ServiceEvents,
  handled: readonly Belonging[],
): Promise<void> => {
  const distinctEvents = new Map(handled.map((one) => [one.event.id, one]));
  const belonging = [...distinctEvents.values()].flatMap(({ event, dataset, batch }) =>
    batch === null ? [] : [{ event: event.id, dataset, id: batch }],
  );
  if (belonging.length === 0) return;
  await ensureBatches(tx, distinct(belonging));
  await tx`
    delete from catalog.batch_refusals where event = any(${belonging.map(({ event }) => event)}::text[])
      and batch = any(${belonging.map(({ id }) => id)}::text[])`;
  await tx`
    update catalog.batches b set handled = b.handled + c.count
    from (select id, dataset, count(*)::int as count
      from ${recordset(
        tx,
        columnsOf(batchesTable, "id", "dataset"),
        belonging.map(({ id, dataset }) => ({ id, dataset })),
      )} as u
      group by 1, 2) as c
    where b.id = c.id and b.dataset = c.dataset`;
  await completeBatches(
    tx,
    events,
    belonging.map(({ id }) => id),
  );
};

/** Further events belong to a batch than were counted when it was closed. */
export const expectMore = async (tx: Transaction, batch: Batch, more: number): Promise<void> => {
  await ensureBatches(tx, [batch]);
  await tx`update catalog.batches set handled = handled - ${more} where id = ${batch.id} and dataset = ${batch.dataset}`;
};

/**
 * Counts an event that is about to become a dead letter, so that its batch waits for it no longer, and notes its files, so that ingest does
 * not take them for known.
 */
export const countRefused = async (
  sql: Sql,
  events: ServiceEvents,
  { event, dataset, batch }: Belonging,
  why: string,
): Promise<void> => {
  await transaction(sql, async (tx) => {
    await noteFiles(tx, dataset, event, why);
    if (batch === null) return;
    await ensureBatches(tx, [{ id: batch, dataset }]);
    await tx`
      insert into catalog.batch_refusals (batch, event, reason, path, published_at)
      select id, ${event.id}, ${storableText(why)}, ${pathOf(event)}, ${event.time} from catalog.batches
      where id = ${batch} and dataset = ${dataset}
      on conflict do nothing`;
    await completeBatches(tx, events, [batch]);
  });
};

/**
 * Notes the files that an event announced and that are not known now. They are a finding until something newer is known of them, so people
 * need not wait until an event that is looked at again is given up.
 */
export const noteFiles = async (
  tx: Sql | Transaction,
  dataset: string,
  { id, time, message }: Received,
  why: string,
): Promise<void> => {
  const files = filesOf(message).filter(({ path, sha256 }) => isStorable(path) && isStorable(sha256));
  if (files.length === 0) return;
  await tx`
    insert into catalog.refused_files (dataset, path, event, sha256, reason, published_at)
    select ${dataset}, path, ${id}, sha256, ${storableText(why)}, ${time}
    from ${recordset(
      tx,
      { path: "text", sha256: "text" },
      files.map(({ path, sha256 }) => ({ path, sha256 })),
    )} as file
    on conflict (dataset, path, event) do update set reason = excluded.reason`;
};

type AnnouncedFile = { readonly path: string; readonly sha256: string };

const filesOf = (message: Received["message"]): readonly AnnouncedFile[] => {
  if ("scans" in message) return message.scans.flatMap(({ files }) => files);
  return "files" in message ? message.files : [];
};

/** Whether ingest can have recorded a text: it takes none that is longer, and none that PostgreSQL cannot hold. */
const isStorable = (text: string): boolean => text.length <= maxPath && text === storableText(text);

/** Characters of a path that are kept: what a finding may hold. */
const maxPath = 4_096;

/** Returns the path of the scan, or of the first file, that an event is about; empty where it names none. */
const pathOf = ({ message }: Received): string => {
  if ("path" in message) return storableText(message.path.slice(0, maxPath));
  return "files" in message ? storableText(message.files[0]?.path.slice(0, maxPath) ?? "") : "";
};

/** Gives up batches that were never finished. */
export const expireBatches = async (sql: Sql, events: ServiceEvents): Promise<void> => {
  await transaction(sql, async (tx) => {
    const expired = await tx<Batch[]>`
      update catalog.batches set indexed_at = now()
      where indexed_at is null and coalesce(expires_at, created_at + interval '1 day') < now()
      returning id, dataset`;
    await emitIndexed(tx, events, expired);
  });
};
