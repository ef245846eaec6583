import { type ColumnMeaning, isJsonObject, withAgeInYears } from "@rollerblade/abids";
import type { Transaction } from "@rollerblade/database";
import type { ChangedAttributes } from "./affected-scans.ts";
import { type AgeColumns, isDictionaryFile, loadAgeColumns } from "./age-columns.ts";
import type { FileChanges } from "./apply-files.ts";
import { type AttributeRow, changedRows } from "./attribute-rows.ts";
import {
  type AttributeStore,
  sessionAttributes,
  sessionParticipants,
  sessionPhenotype,
  subjectAttributes,
  subjectPhenotype,
  subjectSamples,
} from "./attribute-stores.ts";
import type { Change } from "./change.ts";
import { isMergedTable, type TableRow } from "./table-rows.ts";

type Table = Pick<FileChanges["gone"][number], "path" | "kind" | "subject" | "session"> & {
  readonly rows: readonly TableRow[];
};

/** The tables that are different now; one that is gone says nothing. */
const changedTables = (changes: readonly Change[], { written, gone }: FileChanges): Table[] => {
  const read = new Map(
    changes.flatMap(({ files }) => files.map((file) => [`${file.record.path} ${file.record.sha256}`, file.rows])),
  );
  return [
    ...gone.filter(isMergedTable).map((table) => ({ ...table, rows: [] })),
    ...written
      .filter(isMergedTable)
      .map((table) => ({ ...table, rows: read.get(`${table.path} ${table.sha256}`) ?? [] })),
  ];
};

const rowOf = ({ subject, part, attributes }: TableRow): AttributeRow => ({
  subject,
  session: part ?? "",
  value: attributes,
});

/** The samples of each subject as one value. */
const samplesOf = (rows: readonly TableRow[]): AttributeRow[] =>
  [...Map.groupBy(rows, ({ subject }) => subject)].map(([subject, own]) => ({
    subject,
    session: "",
    value: Object.fromEntries(own.map(({ part, attributes }) => [part, attributes])),
  }));

/** A row with its age in years. The samples of a subject are rows within a row. */
const inYears = (row: AttributeRow, kind: Table["kind"], meaning: ColumnMeaning | undefined): AttributeRow => {
  if (kind !== "samples") return { ...row, value: withAgeInYears(row.value, meaning).row };
  const samples = Object.entries(row.value).map(([label, sample]) => [
    label,
    isJsonObject(sample) ? withAgeInYears(sample, meaning).row : sample,
  ]);
  return { ...row, value: Object.fromEntries(samples) };
};

const toolOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1, -".tsv".length);

/** Where the rows of a table are kept, and the rows as they are kept there. */
const storesOf = ({ path, kind, subject, rows }: Table): [AttributeStore, AttributeRow[]][] => {
  if (kind === "sessions") return [[sessionAttributes(subject), rows.map(rowOf)]];
  if (kind === "samples") return [[subjectSamples, samplesOf(rows)]];
  const { true: ofSubjects = [], false: ofSessions = [] } = Object.groupBy(rows, ({ part }) => `${part === null}`);
  if (kind === "participants")
    return [
      [subjectAttributes, ofSubjects.map(rowOf)],
      [sessionParticipants, ofSessions.map(rowOf)],
    ];
  return [
    [subjectPhenotype(toolOf(path)), ofSubjects.map(rowOf)],
    [sessionPhenotype(toolOf(path)), ofSessions.map(rowOf)],
  ];
};

/** Brings a store to what a table says now; who is not in the table has nothing there any more. Answers what changed. */
const applyRows = async (
  tx: Transaction,
  dataset: string,
  store: AttributeStore,
  written: readonly AttributeRow[],
): Promise<AttributeRow[]> => {
  const changed = changedRows(await store.read(tx, dataset), written);
  if (changed.length > 0) await store.write(tx, dataset, changed);
  return changed;
};

/** Subjects and sessions by what changed of them. */
const groupChanged = (changed: readonly Pick<AttributeRow, "subject" | "session">[]): ChangedAttributes => ({
  subjects: changed.filter(({ session }) => session === "").map(({ subject }) => subject),
  sessions: changed.filter(({ session }) => session !== ""),
});

type ChangedRow = Pick<AttributeRow, "subject" | "session">;

/** Brings the stored ages of the tables that a changed data dictionary applies to into years by what it says now. */
const applyDictionary = async (
  tx: Transaction,
  dataset: string,
  dictionary: Pick<Table, "path" | "kind" | "subject" | "session">,
  ages: AgeColumns,
): Promise<ChangedRow[]> => {
  const table = { ...dictionary, path: dictionary.path.replace(/\.json$/, ".tsv") };
  // Rows of scans.tsv are converted when a scan is put together.
  if (table.kind === "scans")
    return tx<ChangedRow[]>`
      select label as subject, '' as session from catalog.subjects
      where dataset = ${dataset} and (${table.subject}::text is null or label = ${table.subject})`;
  const changed: ChangedRow[] = [];
  for (const [store] of storesOf({ ...table, rows: [] })) {
    const rows = await store.read(tx, dataset);
    const path = (subject: string): string =>
      table.kind === "sessions" ? `sub-${subject}/sub-${subject}_sessions.tsv` : table.path;
    changed.push(
      ...(await applyRows(
        tx,
        dataset,
        store,
        rows.map((row) => inYears(row, table.kind, ages({ kind: table.kind, path: path(row.subject) }))),
      )),
    );
  }
  return changed;
};

/** Brings subjects and sessions to what the tables about them say now, and returns whose attributes changed. */
export const applyAttributes = async (
  tx: Transaction,
  dataset: string,
  changes: readonly Change[],
  files: FileChanges,
): Promise<ChangedAttributes> => {
  const tables = changedTables(changes, files);
  const dictionaries = [...files.written, ...files.gone].filter(isDictionaryFile);
  if (tables.length === 0 && dictionaries.length === 0) return groupChanged([]);
  const kinds = new Set([...tables, ...dictionaries].map(({ kind }) => kind));
  const ages = await loadAgeColumns(tx, dataset, [...kinds]);
  const changed: ChangedRow[] = [];
  for (const table of tables) {
    if (table.kind === "scans") changed.push({ subject: table.subject ?? "", session: table.session ?? "" });
    else
      for (const [store, rows] of storesOf(table)) {
        const written = rows.map((row) => inYears(row, table.kind, ages(table)));
        changed.push(...(await applyRows(tx, dataset, store, written)));
      }
  }
  for (const dictionary of dictionaries) changed.push(...(await applyDictionary(tx, dataset, dictionary, ages)));
  return groupChanged(changed);
};
