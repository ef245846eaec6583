import { columnsOf, type Queryable, recordset } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { stagedTable } from "../tables.gen.ts";

/** A content that lies in the bucket, checked against its hash. */
export type StagedRow = {
  readonly sha256: string;
  readonly size: number;
  readonly key: string;
  /** Where it begins in an object of many; null where the object is it. */
  readonly start: number | null;
  /** Whether it was read as JSON. */
  readonly checked: boolean;
  readonly fault: string | null;
};

const contentColumns = columnsOf(stagedTable, "sha256", "size", "key", "start", "checked", "fault");

/**
 * Records contents; one that is there already stays where it is. False, and nothing recorded, when the import ended
 * meanwhile: then nobody will look for the bytes any more.
 */
export const writeStaged = async (sql: Queryable, importId: string, rows: readonly StagedRow[]): Promise<boolean> => {
  const unique = [...new Map(rows.map((row) => [row.sha256, row])).values()];
  const contents = unique.map(({ sha256, size, key, start, checked, fault }) => ({
    ...{ sha256, size, key, start, checked, fault },
  }));
  const [alive] = await sql<{ alive: boolean }[]>`
    with alive as (
      select id from ingest.imports where id = ${importId} and state in ('open', 'reading', 'committing', 'publishing') for share),
    written as (
      insert into ingest.staged (import_id, sha256, size, key, start, checked, fault)
      select alive.id, content.* from alive, ${recordset(sql, contentColumns, contents)} as content
      on conflict (import_id, sha256) do update
      set checked = staged.checked or excluded.checked, fault = coalesce(excluded.fault, staged.fault))
    select count(*) > 0 as alive from alive`;
  await sql`
    update ingest.imports set updated_at = now() where id = ${importId} and updated_at < now() - interval '1 minute'`;
  return alive?.alive === true;
};

/** The problem for a client that sends bytes for an import that ended. */
export const endedMeanwhile = (importId: string): Problem =>
  new Problem({
    code: "conflict",
    message: "The import ended meanwhile, or a newer one of yours took it over.",
    subject: importId,
    next: "Import again.",
  });

/** Of these contents those that the manifest names, and whether one of their names is that of a JSON file. */
export const jsonContents = async (
  sql: Queryable,
  importId: string,
  hashes: readonly string[],
): Promise<Map<string, boolean>> => {
  const rows = await sql<{ sha256: string; isJson: boolean }[]>`
    select sha256, bool_or(path like '%.json') as is_json from ingest.import_files
    where import_id = ${importId} and sha256 = any(${[...hashes]}::text[]) group by sha256`;
  return new Map(rows.map(({ sha256, isJson }) => [sha256, isJson]));
};
