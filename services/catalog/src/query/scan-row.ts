import { type ScanFacts, scanFactsFields } from "@rollerblade/abids/facts";
import { columnNames, type Fragment, type Queryable } from "@rollerblade/database";
import postgres from "postgres";
import { scansTable } from "../tables.gen.ts";

/** Facts that a scan may be without: null in their columns, and absent from the facts. */
const optional = ["scanAttributes", "image", "ignoredFiles"] as const satisfies readonly (keyof ScanFacts)[];

type Optional = (typeof optional)[number];

/** A row of `catalog.scans`, as far as it holds facts. Its columns are the fields of the facts. */
export type FactsRow = Omit<ScanFacts, "session" | Optional> & {
  /** Empty where the subject has no sessions. */
  readonly session: string;
} & { readonly [Key in Optional]: Required<ScanFacts>[Key] | null };

/** The types hold this against the table: a fact without a column does not compile. */
const columns: Readonly<Record<keyof ScanFacts, string>> = scansTable.columns;

const isField = (column: string): column is keyof ScanFacts => column in scanFactsFields;

const fields = Object.keys(columns).filter(isField);

/** Selects the columns of a `FactsRow`, where scans are called `s`. */
export const scanRowColumns = (sql: Queryable): Fragment => columnNames(sql, fields, "s");

/** Returns the facts that a row holds. */
export const scanFactsOf = ({ session, scanAttributes, image, ignoredFiles, ...row }: FactsRow): ScanFacts => ({
  ...row,
  ...(scanAttributes === null ? {} : { scanAttributes }),
  ...(image === null ? {} : { image }),
  ...(ignoredFiles === null ? {} : { ignoredFiles }),
  session: session === "" ? null : session,
});

/** Returns the row that holds these facts, the inverse of {@link scanFactsOf}. */
export const factsRowOf = (facts: ScanFacts): FactsRow => ({
  ...facts,
  session: facts.session ?? "",
  scanAttributes: facts.scanAttributes ?? null,
  image: facts.image ?? null,
  ignoredFiles: facts.ignoredFiles ?? null,
});

const member = (field: string, alias: string): string =>
  `'${field}', ${field === "session" ? `nullif(${alias}.session, '')` : `${alias}.${postgres.fromCamel(field)}`}`;

/**
 * Writes the facts of a scan as one SQL expression of type `jsonb`, so that they can be kept without leaving the database.
 * @param alias what the statement calls `catalog.scans`
 */
export const scanFactsAsJson = (alias: string): string => {
  const absent: ReadonlySet<string> = new Set(optional);
  const always = fields.filter((field) => !absent.has(field)).map((field) => member(field, alias));
  const sometimes = optional.map(
    (field) =>
      `case when ${alias}.${postgres.fromCamel(field)} is null then '{}'::jsonb else jsonb_build_object(${member(field, alias)}) end`,
  );
  return [`jsonb_build_object(${always.join(", ")})`, ...sometimes].join(" || ");
};
