import { createHash } from "node:crypto";
import { withoutSubject } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { rawNamesLock, type Sql, transaction, withLock } from "@rollerblade/database";
import { crashPoint } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { addToStatistics } from "../datasets/statistics.ts";
import type { Deletion } from "./delete-rows.ts";
import { bytesOf, type PeopleTable as Table, tablesOf } from "./people-tables.ts";

/** What deleting objects works with. */
export type DeleteTools = {
  readonly sql: Sql;
  /** A pool for locks, each of which holds a connection while the bucket answers. */
  readonly locks: Sql;
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
  /** Frees the name of what was deleted; doing it again changes nothing. */
  readonly retire: (resource: string, deleter: string) => Promise<void>;
};

/** Objects that are looked at and deleted together; S3 deletes at most 1,000 keys by one request. */
const maxKeys = 500;

/** Clocks of the bucket and of the database differ by less than this. */
const maxClockSkewMs = 60_000;

type DeletedFile = { readonly path: string; readonly size: number; readonly sha256: string };

/** Of these paths those that were announced again after the deletion was requested: they belong to the new life of the name. */
const announcedAnew = async (
  sql: Sql,
  { dataset, requestedAt }: Deletion,
  files: readonly DeletedFile[],
): Promise<ReadonlySet<string>> => {
  const rows = await sql<{ path: string }[]>`
    select path from catalog.files
    where dataset = ${dataset} and path = any(${files.map(({ path }) => path)}::text[]) and published_at >= ${requestedAt}`;
  return new Set(rows.map(({ path }) => path));
};

/**
 * The keys that still hold what was to be deleted. An object that was not written since the request does; of one that may have been
 * written since, as far as clocks can tell, the content is read.
 */
const stillHeld = async (
  { objects, signal }: DeleteTools,
  { dataset, requestedAt }: Deletion,
  files: readonly DeletedFile[],
): Promise<readonly string[]> => {
  const byKey = new Map(files.map((file) => [datasetKey(dataset, file.path), file]));
  const heads = await objects.heads([...byKey.keys()]);
  const isSame = (key: string): boolean => heads.get(key)?.size === byKey.get(key)?.size;
  const isOld = (key: string): boolean =>
    (heads.get(key)?.modified.getTime() ?? 0) < requestedAt.getTime() - maxClockSkewMs;
  const same = [...heads.keys()].filter(isSame);
  const recent = same.filter((key) => !isOld(key));
  const read = await objects.inspect(
    recent.map((key) => ({ key, size: byKey.get(key)?.size ?? 0, keep: 0 })),
    signal,
  );
  const held = recent.filter((key, index) => read[index]?.sha256 === byKey.get(key)?.sha256);
  return [...same.filter(isOld), ...held];
};

/** Deletes what the deletion lists, a part at a time. What is deleted leaves the list, so that a repetition goes on where it was. */
const deleteListed = async (tools: DeleteTools, deletion: Deletion): Promise<void> => {
  for (;;) {
    tools.signal.throwIfAborted();
    const files = await tools.sql<DeletedFile[]>`
      select path, size, sha256 from catalog.deletion_files where deletion = ${deletion.id} order by path limit ${maxKeys}`;
    if (files.length === 0) return;
    const anew = await announcedAnew(tools.sql, deletion, files);
    const before = files.filter(({ path }) => !anew.has(path));
    await tools.objects.delete(await stillHeld(tools, deletion, before));
    await tools.sql`
      delete from catalog.deletion_files
      where deletion = ${deletion.id} and path = any(${files.map(({ path }) => path)}::text[])`;
  }
};

const hashOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const recordTable = (
  { sql }: DeleteTools,
  dataset: string,
  { path, sha256, size }: Table,
  rest: Uint8Array,
): Promise<void> =>
  transaction(sql, async (tx) => {
    await lockDatasets(tx, [dataset]);
    const changed = await tx`
      update catalog.files set sha256 = ${hashOf(rest)}, size = ${rest.byteLength}
      where dataset = ${dataset} and path = ${path} and sha256 = ${sha256} returning path`;
    if (changed.length > 0) await addToStatistics(tx, dataset, { bytes: rest.byteLength - size });
  });

/** A table that was uploaded just now is announced in a moment; after this time it is taken as it is. */
const announcementTimeoutMs = 600_000;

const isInTransit = ({ requestedAt }: Deletion, { sha256 }: Table, bytes: Uint8Array, rest: Uint8Array): boolean =>
  sha256 !== hashOf(bytes) && sha256 !== hashOf(rest) && Date.now() - requestedAt.getTime() < announcementTimeoutMs;

/** Removes a table that came after the deletion was allowed and in which nobody can tell the subject's lines. */
const removeTable = async ({ sql, objects }: DeleteTools, dataset: string, { path, size }: Table): Promise<void> => {
  await objects.delete([datasetKey(dataset, path)]);
  await transaction(sql, async (tx) => {
    await lockDatasets(tx, [dataset]);
    const removed = await tx`delete from catalog.files where dataset = ${dataset} and path = ${path} returning path`;
    if (removed.length > 0) await addToStatistics(tx, dataset, { files: -1, bytes: -size });
  });
};

/** Writes a table without the subject. The record goes first: whoever repeats this finds the subject still in the table. */
const rewriteTable = async (tools: DeleteTools, deletion: Deletion, table: Table): Promise<void> => {
  const { dataset, subject } = deletion;
  const key = datasetKey(dataset, table.path);
  const bytes = await bytesOf(tools.objects, key);
  if (bytes === null || subject === null) return;
  const left = withoutSubject(bytes, subject);
  if (!left.ok) return removeTable(tools, dataset, table);
  const { rest } = left;
  if (rest === null) return;
  if (isInTransit(deletion, table, bytes, rest))
    throw new Error(`${key} is being replaced; the subject is taken out of it afterwards`);
  await recordTable(tools, dataset, table, rest);
  crashPoint("catalog.table-recorded");
  await tools.objects.put(key, rest, { size: rest.byteLength });
  crashPoint("catalog.table-rewritten");
};

const rewriteTables = async (tools: DeleteTools, deletion: Deletion): Promise<void> => {
  if (deletion.subject === null) return;
  for (const table of await tablesOf(tools.sql, deletion.dataset)) await rewriteTable(tools, deletion, table);
};

const openDeletions = (sql: Sql): Promise<Deletion[]> =>
  sql<Deletion[]>`
    select id, dataset, subject, deleter, resource, requested_at, finished_at from catalog.deletions
    where finished_at is null order by requested_at limit 100`;

/**
 * Finishes deletions in the bucket: of raw files those that were listed when the deletion was requested. What analyses have made, and
 * its archive, are the scheduler's to remove, since it alone knows what takes these names. Ingest publishes nothing meanwhile, because
 * it needs the same lock. Every step can be repeated, so that it goes on wherever it was broken off.
 */
export const deleteObjects = async (tools: DeleteTools): Promise<void> => {
  const failures: unknown[] = [];
  for (const deletion of await openDeletions(tools.sql)) {
    // One that has to wait holds up no other.
    await withLock(tools.locks, rawNamesLock(deletion.dataset), () => finishDeletion(tools, deletion)).catch(
      (error: unknown) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
};

const finishDeletion = async (tools: DeleteTools, deletion: Deletion): Promise<void> => {
  // Before the deletion is finished: until then no import takes the name, so that what comes next is owned anew.
  if (deletion.resource !== null) await tools.retire(deletion.resource, deletion.deleter);
  await deleteListed(tools, deletion);
  await rewriteTables(tools, deletion);
  crashPoint("catalog.objects-deleted");
  await tools.sql`update catalog.deletions set finished_at = now() where id = ${deletion.id}`;
};
