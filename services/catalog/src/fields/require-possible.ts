import { datatypes, entityRules, nameRules, suffixes } from "@rollerblade/abids";
import { nearestNames } from "@rollerblade/abids/nearest-names";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { comparedTexts, type Expression } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";

/**
 * Refuses a query for a value that cannot be: the name of no dataset that one may read, a suffix or datatype that neither BIDS nor any
 * of these datasets has, an extension, a sex or a value of an entity that is none. What could be, and is not there, is not a fault.
 * @throws Problem with the nearest names: `not-found` for a dataset, else `invalid`
 */
export const requirePossible = async (sql: Sql, readable: ReadableDatasets, { ast }: Expression): Promise<void> => {
  const compared = comparedTexts(ast);
  const textsOf = (field: string): string[] => compared.filter((one) => one.field === field).map(({ text }) => text);
  await requireDatasets(sql, readable, textsOf("dataset.name"));
  for (const { field, known } of closed) {
    const odd = textsOf(field).filter((text) => !known.has(text));
    if (odd.length === 0) continue;
    const entity = field.slice("scan.entities.".length);
    const rows = await sql<{ value: string }[]>`
      select distinct value from (
        select case ${field}::text when 'scan.suffix' then suffix when 'scan.datatype' then datatype
          when 'scan.extension' then extension when 'subject.sex' then subject_attributes ->> 'sex'
          else entities ->> ${entity}::text end as value
        from catalog.scans where ${readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`}) as scan
      where value is not null`;
    const there = rows.map(({ value }) => value);
    const [first] = odd.filter((text) => !there.includes(text));
    if (first !== undefined) throw impossible(field, first, [...new Set([...there, ...known])]);
  }
};

/** Fields that hold one of few values; a dataset may bring others. */
const closed: readonly { readonly field: string; readonly known: ReadonlySet<string> }[] = [
  { field: "scan.suffix", known: new Set(suffixes) },
  { field: "scan.datatype", known: datatypes },
  { field: "scan.extension", known: new Set(nameRules.flatMap((rule) => rule.extensions)) },
  // Facts hold each sex in one spelling, and so does an expression that is checked.
  { field: "subject.sex", known: new Set(["M", "F", "O"]) },
  ...entityRules
    .filter(({ values }) => values.length > 0)
    .map(({ key, values }) => ({ field: `scan.entities.${key}`, known: new Set(values) })),
];

/**
 * Refuses names of datasets that are not there, or that the asker may not read: both are answered alike, so that nobody learns which
 * datasets there are.
 * @throws Problem `not-found` with the nearest names of those that the asker may read
 */
export const requireDatasets = async (
  sql: Sql,
  readable: ReadableDatasets,
  names: readonly string[],
): Promise<void> => {
  if (names.length === 0) return;
  const rows = await sql<{ name: string }[]>`
    select name from catalog.datasets where ${readable === "all" ? sql`true` : sql`name = any(${[...readable]}::text[])`}`;
  const known = rows.map(({ name }) => name);
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new Problem({
    code: "not-found",
    message: `There is no dataset "${missing}"${orNearest(missing, known)}`,
    subject: missing,
    next: "List them with `rollerblade dataset list`.",
  });
};

const impossible = (field: string, text: string, known: readonly string[]): Problem =>
  new Problem({
    code: "invalid",
    message: `No scan can have the ${field} "${text}"${orNearest(text, known)}`,
    subject: field,
    next: "See what can be asked, and its values, with `rollerblade fields`.",
  });

const orNearest = (name: string, known: readonly string[]): string => {
  const nearest = nearestNames(name, known);
  return nearest.length === 0 ? "." : `; did you mean ${nearest.join(" or ")}?`;
};
