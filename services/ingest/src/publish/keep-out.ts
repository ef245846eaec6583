import { Readable } from "node:stream";
import { subjectHash, withoutSubject } from "@rollerblade/abids";
import { importPartKey } from "@rollerblade/abids/bucket-layout";
import { transaction } from "@rollerblade/database";
import type { Finding } from "@rollerblade/errors";
import type { KnownDeletion } from "../cleanup/deletions.ts";
import { deletedLines, deletedSubject } from "../findings/differs-from-source.ts";
import { addFindings } from "../imports/compare-listing.ts";
import { findImport, type ImportRow } from "../imports/import-rows.ts";
import { addManifest } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { readContent, type StagedContent } from "../staged/read-content.ts";
import { stageObject } from "../staged/stage-object.ts";

/** Under this reason the files that are kept out are counted. */
const reason = "of deleted subjects";

/** Whether some files of an import were kept out. */
export const hasKeptOut = ({ skipped }: Pick<ImportRow, "skipped">): boolean => (skipped[reason] ?? 0) > 0;

/**
 * Takes deleted subjects out of an import: their files, and their lines in the tables of all people. Who withdrew
 * consent must not come back because somebody imports the same folder once more. Each subject is a finding, which names
 * the command that lifts this.
 * @returns the import as it stands afterwards
 */
export const keepOut = async (
  ingest: Ingest,
  row: ImportRow,
  deletions: readonly KnownDeletion[],
): Promise<ImportRow> => {
  const hashes = new Set(
    deletions.flatMap(({ subjectHash: hash, keptOut }) => (keptOut && hash !== null ? [hash] : [])),
  );
  if (hashes.size === 0) return row;
  const isKeptOut = (label: string): boolean => hashes.has(subjectHash(row.dataset, label));
  const subjects = (await labelsOfFiles(ingest, row)).filter(isKeptOut);
  if (subjects.length > 0) await removeFiles(ingest, row, subjects);
  if (row.location === null) await rewriteTables(ingest, row, isKeptOut);
  return findImport(ingest.sql, row.id);
};

/** The labels of the people whom an import brings files of. The deletion knows them by a hash alone. */
const labelsOfFiles = async (ingest: Ingest, { id }: ImportRow): Promise<string[]> => {
  const rows = await ingest.sql<{ label: string }[]>`
    select distinct substr(split_part(path, '/', 1), 5) as label from ingest.import_files
    where import_id = ${id} and not gone and starts_with(path, 'sub-')`;
  return rows.map(({ label }) => label);
};

/** The labels that stand in a table, wherever they do. */
const labelsIn = (bytes: Uint8Array): string[] => [
  ...new Set(
    Array.from(
      Buffer.from(bytes)
        .toString("latin1")
        .matchAll(/sub-([A-Za-z0-9+]+)/g),
      ([, label = ""]) => label,
    ),
  ),
];

const removeFiles = (ingest: Ingest, { id, dataset }: ImportRow, subjects: readonly string[]): Promise<void> =>
  transaction(ingest.sql, async (tx) => {
    const removed = await tx<{ folder: string; files: number }[]>`
      with removed as (
        delete from ingest.import_files
        where import_id = ${id} and not gone and split_part(path, '/', 1) = any(${subjects.map((one) => `sub-${one}`)}::text[])
        returning path)
      select split_part(path, '/', 1) as folder, count(*)::int as files from removed group by 1 order by 1`;
    if (removed.length === 0) return;
    const files = removed.reduce((sum, one) => sum + one.files, 0);
    await tx`
      update ingest.imports
      set skipped = skipped || jsonb_build_object(${reason}::text, coalesce((skipped ->> ${reason})::int, 0) + ${files}::int)
      where id = ${id}`;
    await addFindings({ sql: tx }, id, removed.map(findingOf(dataset)));
  });

const findingOf =
  (dataset: string) =>
  ({ folder, files }: { readonly folder: string; readonly files: number }): Finding => ({
    where: folder,
    message: `${deletedSubject} and is kept out (${files} ${files === 1 ? "file" : "files"}); to take it back run \`rollerblade subject restore ${dataset} ${folder}\` and import again`,
  });

type StagedTable = StagedContent & { readonly path: string };

const rewriteTables = async (
  ingest: Ingest,
  { id }: ImportRow,
  isKeptOut: (label: string) => boolean,
): Promise<void> => {
  const tables = await ingest.sql<StagedTable[]>`
    select m.path, s.sha256, s.key, s.start, s.size from ingest.import_files m
    join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
    where m.import_id = ${id} and not m.gone
      and (m.path in ('participants.tsv', 'samples.tsv') or m.path like 'phenotype/%.tsv')`;
  for (const table of tables) await rewriteTable(ingest, id, table, isKeptOut);
};

const rewriteTable = async (
  ingest: Ingest,
  importId: string,
  { path, ...content }: StagedTable,
  isKeptOut: (label: string) => boolean,
): Promise<void> => {
  const before: Uint8Array = await readContent(ingest.objects, content);
  let after = before;
  for (const subject of labelsIn(before).filter(isKeptOut)) {
    const left = withoutSubject(after, subject);
    if (!left.ok) return leaveOut(ingest, importId, path, left.reason);
    after = left.rest ?? after;
  }
  if (after === before) return;
  const key = importPartKey(importId, "part", `without-${content.sha256.slice("sha256:".length)}`);
  const stored = await stageObject(ingest, Readable.from([after]), { importId, key, isJson: false });
  await addManifest(ingest.sql, importId, [{ path, ...stored }]);
  await addFindings(ingest, importId, [{ where: path, message: `${deletedLines}; these lines are kept out` }]);
};

/** A table that may speak of a deleted subject, as far as anybody can tell, is kept out as a whole. */
const leaveOut = async (ingest: Ingest, importId: string, path: string, why: string): Promise<void> => {
  await ingest.sql`delete from ingest.import_files where import_id = ${importId} and path = ${path}`;
  const message = `${why}, so that lines of subjects that were deleted from this dataset cannot be found; the table is kept out`;
  await addFindings(ingest, importId, [{ where: path, message }]);
};
