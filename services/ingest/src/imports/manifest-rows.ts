import type { ManifestFile } from "@rollerblade/client";
import { insertRecords, type Queryable } from "@rollerblade/database";
import type { FileContent } from "../plan/plan.ts";
import { scanFolderOf } from "../plan/scan-folder.ts";
import { importFilesTable } from "../tables.gen.ts";

/** One line of a manifest with what is known of its bytes. */
export type ManifestRow = FileContent & {
  /** Where the bytes are staged; null where they are not. */
  readonly key: string | null;
  /** Where they begin in an object of many; null where the object is they. */
  readonly start: number | null;
  readonly fault: string | null;
};

/** A content that the server does not have. */
export type MissingContent = { readonly sha256: string; readonly size: number };

/** Adds a part of the manifest; a path that was listed before gets its new content. */
export const addManifest = async (sql: Queryable, id: string, files: readonly ManifestFile[]): Promise<void> => {
  // Of a path that appears twice in one part the last one counts, as over two parts.
  const unique = [...new Map(files.map((file) => [file.path, file])).values()];
  const rows = unique.map(({ path, size, sha256, version }) => ({
    ...{ importId: id, path, folder: scanFolderOf(path) },
    ...{ size, sha256, version: version ?? null },
  }));
  await insertRecords(sql, importFilesTable, rows, {
    onConflict: sql`on conflict (import_id, path) do update
      set size = excluded.size, sha256 = excluded.sha256, version = excluded.version, gone = false`,
  });
};

/** Contents of these paths (or of the whole manifest) that are neither staged nor at their path already. */
export const missingContents = (sql: Queryable, id: string, dataset: string, paths: readonly string[] | null) =>
  sql<MissingContent[]>`
    select m.sha256, max(m.size) as size from ingest.import_files m
    where m.import_id = ${id} and not m.gone and ${paths === null ? sql`true` : sql`m.path = any(${[...paths]}::text[])`}
      and not exists (select from ingest.staged s where s.import_id = m.import_id and s.sha256 = m.sha256)
      and not exists (select from ingest.files f where f.dataset = ${dataset} and f.path = m.path and f.sha256 = m.sha256)
    group by m.sha256`;

/**
 * Of these paths those that the manifest names, with the sizes of the bytes that arrived rather than those that were
 * listed.
 */
export const manifestOf = (sql: Queryable, id: string, paths: readonly string[]) =>
  sql<ManifestRow[]>`
    select m.path, coalesce(s.size, m.size) as size, m.sha256, m.version, s.key, s.start, s.fault
    from ingest.import_files m left join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
    where m.import_id = ${id} and not m.gone and m.path = any(${[...paths]}::text[])`;
