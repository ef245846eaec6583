import { Readable } from "node:stream";
import { mergeRows, setCells, subjectHash } from "@rollerblade/abids";
import { importPartKey } from "@rollerblade/abids/bucket-layout";
import { recordset } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { crashPoint } from "@rollerblade/events";
import type { KnownDeletion } from "../cleanup/deletions.ts";
import { keepsRows } from "../findings/differs-from-source.ts";
import { staysCorrected } from "../findings/stays-corrected.ts";
import { addFindings } from "../imports/compare-listing.ts";
import { findImport, type ImportRow } from "../imports/import-rows.ts";
import { addManifest } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { readContent, type StagedContent } from "../staged/read-content.ts";
import { stageObject } from "../staged/stage-object.ts";
import type { CorrectionRow } from "../tables.gen.ts";
import { committedCorrections, correctionsOf } from "./correction-rows.ts";
import { newFaults } from "./judge-row.ts";
import { maxTableBytes, readStored, rowOf, usualColumns } from "./person-table.ts";
import { cellValue, isOutdated, type StandingCorrection, standingCorrections } from "./standing-corrections.ts";

/**
 * Puts corrected tables among the files of an import: of an upload that is to set cells, the table with them; of an import,
 * tables with what was corrected since they were written. The lock of the dataset's raw names must be held, so that what is
 * read here is what the import replaces.
 * @returns the import as it stands afterwards
 * @throws Problem `invalid`, `not-found` or `conflict` where the cells cannot be set as they were to be
 */
export const applyCorrections = async (
  ingest: Ingest,
  row: ImportRow,
  deletions: readonly KnownDeletion[],
): Promise<ImportRow> => {
  if (row.location !== null) return row;
  if (row.mode === "add") await keepRows(ingest, row, keptOutOf(row.dataset, deletions));
  if (row.mode !== "upload") await keepCorrections(ingest, row);
  else await setCorrections(ingest, row, await correctionsOf(ingest.sql, row.id));
  return findImport(ingest.sql, row.id);
};

const setCorrections = async (
  ingest: Ingest,
  { id, dataset }: ImportRow,
  corrections: readonly CorrectionRow[],
): Promise<void> => {
  const [first] = corrections;
  if (first === undefined || (await isPrepared(ingest, id))) return;
  const { file, subject, session } = first;
  await requirePerson(ingest, dataset, subject, session);
  const current = await readStored(ingest, dataset, file);
  if (current === null && file.startsWith("phenotype/")) throw noTable(dataset, file);
  const cells = new Map(corrections.map(({ columnName, after }) => [columnName, after]));
  const newColumns = new Set([...usualColumns, ...(first.addColumn ? cells.keys() : [])]);
  const result = setCells(current, { row: rowOf(file, subject, session), cells, newColumns });
  if (!result.ok)
    throw notSet(
      file,
      result.reason,
      "See the columns with `rollerblade fields`, or add this one: `--add-column`, in the API `addColumn`.",
    );
  const [changed] = corrections.filter(
    ({ columnName, expected }) =>
      expected !== null && cellValue(expected) !== cellValue(result.before.get(columnName) ?? null),
  );
  if (changed !== undefined) throw holdsAnother(changed, result.before.get(changed.columnName) ?? "n/a");
  const [fault] = await newFaults(ingest, dataset, file, result.excerpt);
  if (fault !== undefined) throw notSet(file, `would not be valid: ${fault}`, "Give another value.");
  const held = [...result.before].map(([name, before]) => ({ name, before }));
  await ingest.sql`
    update ingest.corrections set before = r.before
    from ${recordset(ingest.sql, { name: "text", before: "text" }, held)} as r
    where import_id = ${id} and column_name = r.name`;
  crashPoint("ingest.corrected");
  await stageTable(ingest, id, file, result.content);
};

/** Whether the table lies among the import's files: then it was made before a crash, and the dataset may hold it by now. */
const isPrepared = async ({ sql }: Ingest, id: string): Promise<boolean> =>
  (await sql`select from ingest.import_files where import_id = ${id}`).length > 0;

const requirePerson = async (
  { sql }: Ingest,
  dataset: string,
  subject: string,
  session: string | null,
): Promise<void> => {
  const folder = session === null ? `sub-${subject}/` : `sub-${subject}/ses-${session}/`;
  const found = await sql`
    select from ingest.files where dataset = ${dataset} and starts_with(path, ${folder}) limit 1`;
  if (found.length > 0) return;
  throw new Problem({
    code: "not-found",
    message:
      session === null
        ? `There is no sub-${subject} in the dataset "${dataset}".`
        : `There is no ses-${session} of sub-${subject} in the dataset "${dataset}".`,
    subject: session ?? subject,
    next: `See who is there with \`rollerblade query --dataset ${dataset} --level ${session === null ? "subject" : "session"}\`.`,
  });
};

type StagedTable = StagedContent & { readonly path: string };

/** Answers whether a row is about a deleted subject: while a deletion goes on, the table in the bucket still has it. */
const keptOutOf = (dataset: string, deletions: readonly KnownDeletion[]): ((key: string) => boolean) => {
  const hashes = new Set(
    deletions.flatMap(({ keptOut, subjectHash: hash }) => (keptOut && hash !== null ? [hash] : [])),
  );
  return (key) => hashes.size > 0 && hashes.has(subjectHash(dataset, key.replace(/^sub-/, "")));
};

/**
 * Adds to the tables of an import that adds the rows of the dataset's own tables that the import does not list: the table of a batch is
 * about the batch alone, and people without images have ages, too. What the dataset's table says is read from the bucket: after
 * a deletion of a subject, which cuts the tables, nothing is recorded of them.
 */
const keepRows = async (
  ingest: Ingest,
  { id, dataset, strict }: ImportRow,
  isKeptOut: (key: string) => boolean,
): Promise<void> => {
  const tables = await ingest.sql<StagedTable[]>`
    select m.path, s.sha256, s.key, s.start, s.size from ingest.import_files m
    join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
    left join ingest.files f on f.dataset = ${dataset} and f.path = m.path
    where m.import_id = ${id} and f.sha256 is distinct from m.sha256 and not m.gone and s.size <= ${maxTableBytes}
      and (m.path in ('participants.tsv', 'samples.tsv') or m.path like 'phenotype/%.tsv'
        or m.path like 'sub-%\\_sessions.tsv' or m.path like 'sub-%\\_scans.tsv')`;
  for (const { path, ...content } of tables) {
    const former = await readStored(ingest, dataset, path);
    if (former === null) continue;
    const merged = mergeRows(former, await readContent(ingest.objects, content), (key) => !isKeptOut(key));
    if (merged === null) continue;
    await stageTable(ingest, id, path, merged.content);
    if (strict) continue;
    const named = merged.kept.slice(0, 5).join(", ");
    const message = `${keepsRows(merged.kept.length)}: ${named}${merged.kept.length > 5 ? ` and ${merged.kept.length - 5} more` : ""}`;
    await addFindings(ingest, id, [{ where: path, message }]);
  }
};

/** Sets corrected cells in the tables of an import where they hold what they held before. */
const keepCorrections = async (ingest: Ingest, row: ImportRow): Promise<void> => {
  const standing = standingCorrections(await committedCorrections(ingest.sql, row.dataset));
  if (standing.length === 0) return;
  const byFile = Map.groupBy(standing, ({ file }) => file);
  const tables = await ingest.sql<StagedTable[]>`
    select m.path, s.sha256, s.key, s.start, s.size from ingest.import_files m
    join ingest.staged s on s.import_id = m.import_id and s.sha256 = m.sha256
    where m.import_id = ${row.id} and not m.gone and m.path = any(${[...byFile.keys()]}::text[])`;
  for (const { path, ...content } of tables)
    await keepIn(ingest, row, path, await readContent(ingest.objects, content), byFile.get(path) ?? []);
};

const keepIn = async (
  ingest: Ingest,
  { id, strict }: ImportRow,
  file: string,
  content: Uint8Array,
  corrections: readonly StandingCorrection[],
): Promise<void> => {
  let table = content;
  const kept: string[] = [];
  for (const correction of corrections) {
    const { subject, session, columnName, after, addColumn } = correction;
    const newColumns = new Set([...usualColumns, ...(addColumn ? [columnName] : [])]);
    const cells = new Map([[columnName, after]]);
    const result = setCells(table, { row: rowOf(file, subject, session), cells, newColumns });
    // A table that cannot be edited comes as it is, and what is wrong with it is found like everything else.
    if (!result.ok || !isOutdated(correction, result.before.get(columnName) ?? null)) continue;
    table = result.content;
    kept.push(`${columnName} of sub-${subject}${session === null ? "" : ` ses-${session}`}`);
  }
  if (kept.length === 0) return;
  await stageTable(ingest, id, file, table);
  // A strict import is refused for what is wrong with its source, and nothing is.
  if (strict) return;
  const message = `${staysCorrected}, where the source has the former value: ${kept.slice(0, 10).join(", ")}${kept.length > 10 ? ` and ${kept.length - 10} more` : ""}`;
  await addFindings(ingest, id, [{ where: file, message }]);
};

const stageTable = async (ingest: Ingest, importId: string, path: string, content: Uint8Array): Promise<void> => {
  const key = importPartKey(importId, "part", `corrected-${path.replaceAll("/", "-")}`);
  const stored = await stageObject(ingest, Readable.from([content]), { importId, key, isJson: false });
  await addManifest(ingest.sql, importId, [{ path, ...stored }]);
};

const noTable = (dataset: string, file: string): Problem =>
  new Problem({
    code: "not-found",
    message: `The dataset "${dataset}" has no ${file}.`,
    subject: file,
    next: "Upload the table first, with `rollerblade scan upload`.",
  });

const notSet = (file: string, reason: string, next: string): Problem =>
  new Problem({ code: "invalid", message: `Nothing was set: ${file} ${reason}.`, subject: file, next });

const holdsAnother = ({ file, columnName, expected, subject }: CorrectionRow, now: string): Problem =>
  new Problem({
    code: "conflict",
    message: `Nothing was set: the ${columnName} of sub-${subject} in ${file} is now ${now}, not ${expected}.`,
    subject: columnName,
    next: "Look at the history of the person, and set it again.",
  });
