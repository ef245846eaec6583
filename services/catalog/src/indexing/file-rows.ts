import { insertRecords, type Transaction } from "@rollerblade/database";
import { removalsTable } from "../tables.gen.ts";
import type { FileRecord } from "./file-record.ts";

/** A known file, as far as it matters when another announcement of it comes. */
export type KnownFile = Pick<
  FileRecord,
  | "path"
  | "kind"
  | "scan"
  | "subject"
  | "session"
  | "suffix"
  | "extension"
  | "folder"
  | "entities"
  | "size"
  | "sha256"
  | "publishedAt"
>;

/** A path that is gone, and when that was published. */
export type Removal = { readonly path: string; readonly publishedAt: Date };

/** The known ones among these paths, and all files of these scans. */
export const knownFiles = (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
  scans: readonly string[],
): Promise<KnownFile[]> =>
  tx<KnownFile[]>`
    select path, kind, scan, subject, session, suffix, extension, folder, entities, size, sha256, published_at from catalog.files
    where dataset = ${dataset} and (path = any(${[...paths]}::text[]) or scan = any(${[...scans]}::text[]))`;

/** Removals that were published before, of files, of scans, and of whole subjects and the dataset (as an empty path). */
export const knownRemovals = async (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
): Promise<Map<string, Date>> => {
  const rows = await tx<{ path: string; publishedAt: Date }[]>`
    select path, published_at from catalog.removals where dataset = ${dataset} and path = any(${[...paths]}::text[])
    union all
    select coalesce('sub-' || subject, ''), max(requested_at) from catalog.deletions where dataset = ${dataset} group by 1`;
  return new Map(rows.map((row) => [row.path, row.publishedAt]));
};

/** Writes files, new or known. */
export const writeFiles = async (tx: Transaction, dataset: string, records: readonly FileRecord[]): Promise<void> => {
  if (records.length === 0) return;
  await tx`
    insert into catalog.files (dataset, path, folder, kind, scan, subject, session, suffix, extension, entities, size, sha256, content, image, findings, published_at)
    select ${dataset}, r.* from jsonb_to_recordset(${JSON.stringify(records.map(rowOf))}::text::jsonb) as r(
      path text, folder text, kind text, scan text, subject text, session text, suffix text, extension text,
      entities jsonb, size int8, sha256 text, content jsonb, image jsonb, findings jsonb, published_at timestamptz)
    on conflict (dataset, path) do update set
      folder = excluded.folder, kind = excluded.kind, scan = excluded.scan, subject = excluded.subject, session = excluded.session,
      suffix = excluded.suffix, extension = excluded.extension, entities = excluded.entities, size = excluded.size,
      sha256 = excluded.sha256, content = excluded.content, image = excluded.image, findings = excluded.findings, published_at = excluded.published_at`;
};

const rowOf = ({ publishedAt, ...record }: FileRecord) => ({ ...record, published_at: publishedAt });

/** Deletes the rows of files that a dataset no longer has. */
export const deleteFiles = async (tx: Transaction, dataset: string, paths: readonly string[]): Promise<void> => {
  if (paths.length > 0)
    await tx`delete from catalog.files where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
};

/** Remembers what is gone, so that an announcement from before is not believed. */
export const rememberRemovals = async (
  tx: Transaction,
  dataset: string,
  removals: readonly Removal[],
): Promise<void> => {
  if (removals.length === 0) return;
  const rows = removals.map(({ path, publishedAt }) => ({ dataset, path, publishedAt }));
  await insertRecords(tx, removalsTable, rows, {
    onConflict: tx`on conflict (dataset, path) do update set published_at = greatest(removals.published_at, excluded.published_at)`,
  });
};
