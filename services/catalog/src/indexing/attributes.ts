import type { Transaction } from "@rollerblade/database";
import type { ChangedAttributes } from "./affected-scans.ts";
import type { FileChanges } from "./apply-files.ts";
import { type AttributeRow, changedRows } from "./attribute-rows.ts";
import {
  type AttributeStore,
  sessionAttributes,
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

const toolOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1, -".tsv".length);

/** Where the rows of a table are kept, and the rows as they are kept there. */
const storesOf = ({ path, kind, subject, rows }: Table): [AttributeStore, AttributeRow[]][] => {
  if (kind === "participants") return [[subjectAttributes, rows.map(rowOf)]];
  if (kind === "sessions") return [[sessionAttributes(subject), rows.map(rowOf)]];
  if (kind === "samples") return [[subjectSamples, samplesOf(rows)]];
  const { true: ofSubjects = [], false: ofSessions = [] } = Object.groupBy(rows, ({ part }) => `${part === null}`);
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

/** Brings subjects and sessions to what the tables about them say now, and tells whose attributes changed. */
export const applyAttributes = async (
  tx: Transaction,
  dataset: string,
  changes: readonly Change[],
  files: FileChanges,
): Promise<ChangedAttributes> => {
  const changed: { subject: string; session: string }[] = [];
  for (const table of changedTables(changes, files)) {
    if (table.kind === "scans") changed.push({ subject: table.subject ?? "", session: table.session ?? "" });
    else for (const [store, rows] of storesOf(table)) changed.push(...(await applyRows(tx, dataset, store, rows)));
  }
  return {
    subjects: changed.filter(({ session }) => session === "").map(({ subject }) => subject),
    sessions: changed.filter(({ session }) => session !== ""),
  };
};
