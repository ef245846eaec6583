import type { ImportRow } from "../imports/import-rows.ts";
import type { ManifestRow } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import type { RecordedFile } from "../plan/plan.ts";

/**
 * A part of an import that can be planned by itself: some folders, with all that changes in them and all that is there.
 */
export type Chunk = {
  readonly manifest: readonly ManifestRow[];
  readonly gone: ReadonlySet<string>;
  readonly recorded: readonly RecordedFile[];
};

/** Files that a chunk has at least, but for the last. */
const chunkFiles = 4_000;

/** What an import changes, in parts that fit into memory however large the dataset is. */
export const chunksOf = async function* (ingest: Ingest, row: ImportRow): AsyncGenerator<Chunk> {
  const folders = await ingest.sql<{ folder: string; files: number }[]>`
    select folder, count(*)::int as files from ingest.import_files
    where import_id = ${row.id} and (not gone or ${row.mode} = 'mirror')
    group by folder order by folder collate "C"`;
  let names: string[] = [];
  let files = 0;
  for (const { folder, files: count } of folders) {
    names.push(folder);
    files += count;
    if (files < chunkFiles) continue;
    yield await chunkOf(ingest, row, names);
    [names, files] = [[], 0];
  }
  if (names.length > 0) yield await chunkOf(ingest, row, names);
};

const chunkOf = async ({ sql }: Ingest, { id, dataset }: ImportRow, folders: readonly string[]): Promise<Chunk> => {
  const [rows, recorded] = await Promise.all([
    sql<(ManifestRow & { gone: boolean })[]>`
      select m.path, coalesce(s.size, m.size) as size, m.sha256, m.version, m.gone, s.key, s.start, s.fault
      from ingest.import_files m left join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
      where m.import_id = ${id} and m.folder = any(${[...folders]}::text[]) order by m.path collate "C"`,
    sql<RecordedFile[]>`
      select path, size, sha256, version, scan, role, origin from ingest.files
      where dataset = ${dataset} and folder = any(${[...folders]}::text[]) order by path collate "C"`,
  ]);
  return {
    manifest: rows.filter(({ gone }) => !gone),
    gone: new Set(rows.flatMap(({ path, gone }) => (gone ? [path] : []))),
    recorded,
  };
};
