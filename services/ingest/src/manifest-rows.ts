import type { ManifestFile } from "@rollerblade/client";
import type { Queryable } from "@rollerblade/database";
import type { FileContent } from "./plan.ts";

/** One line of a manifest with what is known of its bytes. */
export type ManifestRow = FileContent & {
  /** Where the bytes are staged; null where they are not. */
  readonly key: string | null;
  /** Where they begin in an object of many; null where the object is they. */
  readonly start: number | null;
  readonly fault: string | null;
};

/** A content that the server lacks. */
export type MissingContent = { readonly sha256: string; readonly size: number };

/** Adds a part of the manifest; a path that was said before gets its new content. */
export const addManifest = async (sql: Queryable, id: string, files: readonly ManifestFile[]): Promise<void> => {
  // Of a path that stands twice in one part the last one counts, as over two parts.
  const unique = [...new Map(files.map((file) => [file.path, file])).values()];
  await sql`
    insert into ingest.import_files (import_id, path, size, sha256)
    select ${id}, * from unnest(
      ${unique.map(({ path }) => path)}::text[], ${unique.map(({ size }) => size)}::int8[],
      ${unique.map(({ sha256 }) => sha256)}::text[])
    on conflict (import_id, path) do update set size = excluded.size, sha256 = excluded.sha256`;
};

/** Contents of these paths (or of the whole manifest) that are neither staged nor at their path already. */
export const missingContents = (sql: Queryable, id: string, dataset: string, paths: readonly string[] | null) =>
  sql<MissingContent[]>`
    select m.sha256, max(m.size) as size from ingest.import_files m
    where m.import_id = ${id} and ${paths === null ? sql`true` : sql`m.path = any(${[...paths]}::text[])`}
      and not exists (select from ingest.staged s where s.import_id = m.import_id and s.sha256 = m.sha256)
      and not exists (select from ingest.files f where f.dataset = ${dataset} and f.path = m.path and f.sha256 = m.sha256)
    group by m.sha256`;

/** How many files the manifest has. */
export const countManifest = async (sql: Queryable, id: string): Promise<number> => {
  const [row] = await sql<
    { count: number }[]
  >`select count(*) as count from ingest.import_files where import_id = ${id}`;
  return row?.count ?? 0;
};

/** The manifest, bytewise by path; sizes are those of the bytes that came, whatever was said before. */
export const readManifest = (sql: Queryable, id: string) =>
  sql<ManifestRow[]>`
    select m.path, coalesce(s.size, m.size) as size, m.sha256, s.key, s.start, s.fault
    from ingest.import_files m left join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
    where m.import_id = ${id} order by m.path collate "C"`;
