import { canonicalJson, type JsonObject } from "@rollerblade/abids";
import type { Transaction } from "@rollerblade/database";
import { forgetEmpty } from "../datasets/statistics.ts";
import type { ChangedAttributes } from "./affected-scans.ts";
import type { FileChanges } from "./apply-files.ts";
import type { Change } from "./change.ts";
import { isMergedTable, type TableRow } from "./table-rows.ts";

/** Where a table's rows are kept: a column of a level, or below one key of it. */
type Place = {
  readonly level: "subjects" | "sessions";
  readonly column: "attributes" | "phenotype" | "samples";
  /** The measurement tool; null where the table alone fills the column. */
  readonly key: string | null;
  /** The one subject that it speaks of; null for a table at the root. */
  readonly subject: string | null;
};

/** By subject and session; the session of what is said of a subject is empty. */
type Rows = ReadonlyMap<string, { readonly subject: string; readonly session: string; readonly value: JsonObject }>;

const keyOf = (subject: string, session: string): string => JSON.stringify([subject, session]);

const knownRows = async (
  tx: Transaction,
  dataset: string,
  { level, column, key, subject }: Place,
): Promise<Map<string, JsonObject>> => {
  const value = key === null ? tx`${tx(column)}` : tx`coalesce(${tx(column)} -> ${key}, '{}')`;
  const rows = await tx<{ subject: string; session: string; value: JsonObject }[]>`
    select ${level === "subjects" ? tx`label as subject, '' as session` : tx`subject, label as session`}, ${value} as value
    from catalog.${tx(level)} where dataset = ${dataset} and ${tx(column)} <> '{}'
      ${key === null ? tx`` : tx`and ${tx(column)} ? ${key}`} ${subject === null ? tx`` : tx`and subject = ${subject}`}`;
  return new Map(rows.map((row) => [keyOf(row.subject, row.session), row.value]));
};

const write = async (tx: Transaction, dataset: string, place: Place, changed: Rows): Promise<void> => {
  const { level, column, key } = place;
  const rows = [...changed.values()].map(({ subject, session, value }) => ({
    ...{ subject, session },
    value: key === null || Object.keys(value).length === 0 ? value : { [key]: value },
  }));
  const isSubject = level === "subjects";
  await tx`
    insert into catalog.${tx(level)} as t (dataset, ${isSubject ? tx`label` : tx`subject, label`}, ${tx(column)})
    select ${dataset}, ${isSubject ? tx`r.subject` : tx`r.subject, r.session`}, r.value
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(subject text, session text, value jsonb)
    on conflict (dataset, ${isSubject ? tx`label` : tx`subject, label`}) do update set ${tx(column)} =
      ${key === null ? tx`excluded.${tx(column)}` : tx`(t.${tx(column)} - ${key}::text) || excluded.${tx(column)}`}`;
  await forgetEmpty(tx, dataset, level);
};

/** Brings one place to what a table says now; who is not in the table has nothing there any more. Answers what changed. */
const applyRows = async (
  tx: Transaction,
  dataset: string,
  place: Place,
  told: Rows,
): Promise<{ subject: string; session: string }[]> => {
  const known = await knownRows(tx, dataset, place);
  const changed = new Map(
    [...new Set([...known.keys(), ...told.keys()])].flatMap((key) => {
      const [subject = "", session = ""]: string[] = JSON.parse(key);
      const value = told.get(key)?.value ?? {};
      const isSame = canonicalJson(known.get(key) ?? {}) === canonicalJson(value);
      return isSame ? [] : [[key, { subject, session, value }] as const];
    }),
  );
  if (changed.size > 0) await write(tx, dataset, place, changed);
  return [...changed.values()].map(({ subject, session }) => ({ subject, session }));
};

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

const rowsOf = (rows: readonly TableRow[], sessionOf: (row: TableRow) => string): Rows =>
  new Map(
    rows.map((row) => {
      const session = sessionOf(row);
      return [keyOf(row.subject, session), { subject: row.subject, session, value: row.attributes }];
    }),
  );

/** The samples of each subject as one value. */
const samplesOf = (rows: readonly TableRow[]): Rows =>
  new Map(
    [...Map.groupBy(rows, ({ subject }) => subject)].map(([subject, own]) => [
      keyOf(subject, ""),
      { subject, session: "", value: Object.fromEntries(own.map(({ part, attributes }) => [part, attributes])) },
    ]),
  );

const toolOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1, -".tsv".length);

const placesOf = ({ path, kind, subject, rows }: Table): [Place, Rows][] => {
  const ofPart = (row: TableRow): string => row.part ?? "";
  if (kind === "participants")
    return [[{ level: "subjects", column: "attributes", key: null, subject: null }, rowsOf(rows, ofPart)]];
  if (kind === "sessions")
    return [[{ level: "sessions", column: "attributes", key: null, subject }, rowsOf(rows, ofPart)]];
  if (kind === "samples")
    return [[{ level: "subjects", column: "samples", key: null, subject: null }, samplesOf(rows)]];
  const place = { column: "phenotype", key: toolOf(path), subject: null } as const;
  return [
    [
      { ...place, level: "subjects" },
      rowsOf(
        rows.filter(({ part }) => part === null),
        ofPart,
      ),
    ],
    [
      { ...place, level: "sessions" },
      rowsOf(
        rows.filter(({ part }) => part !== null),
        ofPart,
      ),
    ],
  ];
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
    else for (const [place, rows] of placesOf(table)) changed.push(...(await applyRows(tx, dataset, place, rows)));
  }
  return {
    subjects: changed.filter(({ session }) => session === "").map(({ subject }) => subject),
    sessions: changed.filter(({ session }) => session !== ""),
  };
};
