import { createHash } from "node:crypto";
import type { Sql } from "@rollerblade/database";
import { crashPoint } from "@rollerblade/events";
import type { ListedObject, ObjectStore } from "@rollerblade/object-store";
import { archivePrefix, datasetKey, datasetPrefix } from "@rollerblade/object-store/layout";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { addToStatistics } from "../datasets/statistics.ts";
import type { Deletion } from "./delete-rows.ts";
import { withoutSubject } from "./without-subject.ts";

/** What deleting objects works with. */
export type DeleteTools = { readonly sql: Sql; readonly objects: ObjectStore; readonly signal: AbortSignal };

/** Objects that are looked at and deleted together; S3 deletes at most 1,000 keys by one request. */
const maxKeys = 500;

/**
 * Clocks of the bucket and of the database differ by less than this; what came within this time after the request counts as
 * from before it, unless it was announced anew.
 */
const maxClockSkewMs = 60_000;

const announcedAnew = async (sql: Sql, dataset: string, paths: readonly string[]): Promise<ReadonlySet<string>> => {
  const rows = await sql<{ path: string }[]>`
    select path from catalog.files where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
  return new Set(rows.map(({ path }) => path));
};

const deletePart = async ({ sql, objects }: DeleteTools, dataset: string, keys: readonly string[]): Promise<void> => {
  const pathOf = (key: string): string => key.split("/").slice(2).join("/");
  const anew = await announcedAnew(sql, dataset, keys.map(pathOf));
  await objects.delete(keys.filter((key) => !anew.has(pathOf(key))));
};

/** The keys of those objects that were there before a moment. Times that the list does not tell are asked for together. */
const keysFrom = async (
  objects: ObjectStore,
  listed: readonly ListedObject[],
  before: Date,
): Promise<readonly string[]> => {
  const untimed = listed.filter(({ modified }) => modified === undefined).map(({ key }) => key);
  const heads = await objects.heads(untimed);
  return listed.flatMap(({ key, modified = heads.get(key)?.modified }) =>
    modified !== undefined && modified.getTime() <= before.getTime() + maxClockSkewMs ? [key] : [],
  );
};

/** Deletes what lies below a prefix and was there before; what came since belongs to somebody who began anew. */
const deleteBelow = async (tools: DeleteTools, dataset: string, prefix: string, before: Date): Promise<void> => {
  let listed: ListedObject[] = [];
  const deleteListed = async (): Promise<void> => {
    await deletePart(tools, dataset, await keysFrom(tools.objects, listed, before));
    listed = [];
  };
  for await (const object of tools.objects.list(prefix)) {
    tools.signal.throwIfAborted();
    if (listed.push(object) >= maxKeys) await deleteListed();
  }
  await deleteListed();
};

type Table = { readonly path: string; readonly sha256: string; readonly size: number };

/** Tables at the root that may have lines of a subject. */
const tablesOf = (sql: Sql, dataset: string): Promise<Table[]> =>
  sql<Table[]>`
    select path, sha256, size from catalog.files
    where dataset = ${dataset} and kind in ('participants', 'samples', 'phenotype') and path like '%.tsv'`;

const bytesOf = async (objects: ObjectStore, key: string): Promise<Uint8Array | null> => {
  if ((await objects.head(key)) === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const hashOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const recordTable = (
  { sql }: DeleteTools,
  dataset: string,
  { path, sha256, size }: Table,
  rest: Uint8Array,
): Promise<void> =>
  sql.begin(async (tx) => {
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

/** Writes a table without the subject. The record goes first: whoever repeats this finds the subject still in the table. */
const rewriteTable = async (tools: DeleteTools, deletion: Deletion, table: Table): Promise<void> => {
  const { dataset, subject } = deletion;
  const key = datasetKey(dataset, table.path);
  const bytes = await bytesOf(tools.objects, key);
  const rest = bytes === null || subject === null ? null : withoutSubject(bytes, subject);
  if (bytes === null || rest === null) return;
  if (isInTransit(deletion, table, bytes, rest))
    throw new Error(`${key} is being replaced; the subject is taken out of it afterwards`);
  await recordTable(tools, dataset, table, rest);
  crashPoint("catalog.table-recorded");
  await tools.objects.put(key, rest, { size: rest.byteLength });
  crashPoint("catalog.table-rewritten");
};

const deleteSubjectObjects = async (tools: DeleteTools, deletion: Deletion): Promise<void> => {
  const { dataset, subject, requestedAt } = deletion;
  await deleteBelow(tools, dataset, datasetPrefix(dataset, `sub-${subject}`), requestedAt);
  for (const table of await tablesOf(tools.sql, dataset)) await rewriteTable(tools, deletion, table);
};

const deleteDatasetObjects = async (tools: DeleteTools, { dataset, requestedAt }: Deletion): Promise<void> => {
  await deleteBelow(tools, dataset, datasetPrefix(dataset), requestedAt);
  await deleteBelow(tools, dataset, archivePrefix(dataset), requestedAt);
};

const openDeletions = (sql: Sql): Promise<Deletion[]> =>
  sql<Deletion[]>`
    select id, dataset, subject, deleter, requested_at, finished_at from catalog.deletions
    where finished_at is null order by requested_at limit 100`;

/** Finishes deletions in the bucket; every step can be repeated, so it goes on wherever it was broken off. */
export const deleteObjects = async (tools: DeleteTools): Promise<void> => {
  for (const deletion of await openDeletions(tools.sql)) {
    await (deletion.subject === null ? deleteDatasetObjects : deleteSubjectObjects)(tools, deletion);
    crashPoint("catalog.objects-deleted");
    await tools.sql`update catalog.deletions set finished_at = now() where id = ${deletion.id}`;
  }
};
