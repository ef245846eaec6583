import { metadataTerms } from "@rollerblade/abids/metadata-terms";
import { nearestNames } from "@rollerblade/abids/nearest-names";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type Expression, entityFieldsLike, queryFields } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { knownFields, seenFields } from "./known-fields.ts";
import { requireResults } from "./known-results.ts";
import { requirePossible } from "./require-possible.ts";

/** A field that no dataset of somebody has, with names that are near. */
export type UnseenField = { readonly field: string; readonly nearest: string[] };

/** `metadata.SliceTiming[0]` is a part of `metadata.SliceTiming`, as `subject.a.b` is of `subject.a`. */
const wholesOf = (field: string): string[] => [
  field,
  ...[...field.matchAll(/[.[]/g)].map(({ index }) => field.slice(0, index)),
];

/** What BIDS defines may be asked for, whether or not anybody has it yet. */
const isStandard = (field: string): boolean =>
  wholesOf(field).some((name) => Object.hasOwn(queryFields.known, name) || isMetadataTerm(name));

const isMetadataTerm = (name: string): boolean =>
  name.startsWith("metadata.") && metadataTerms.has(name.slice("metadata.".length));

/** A column of scans that is called like an entity (`scan.run`) is mostly meant as the entity. */
const nearestTo = (field: string, names: readonly string[]): string[] => {
  const entities = entityFieldsLike(field);
  return entities.length > 0 ? entities : nearestNames(field, names);
};

/** What an expression asks for that none of one's datasets has: a slip that would find nothing. */
export const unseenFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  { fields }: Pick<Expression, "fields">,
): Promise<UnseenField[]> => {
  const asked = fields.filter((field) => !isStandard(field));
  if (asked.length === 0) return [];
  const seen = await seenFields(sql, readable, asked.flatMap(wholesOf));
  const unseen = asked.filter((field) => !wholesOf(field).some((name) => seen.has(name)));
  if (unseen.length === 0) return [];
  const known = await knownFields(sql, readable);
  // Before the first dataset nothing is known, and nothing is misspelled.
  if (known.every(({ count }) => count === null)) return [];
  const names = [...known.map(({ name }) => name), ...[...metadataTerms.keys()].map((term) => `metadata.${term}`)];
  return unseen.map((field) => ({ field, nearest: nearestTo(field, names) }));
};

/**
 * Refuses an expression that can find nothing, since it asks for a field or a value that none of one's datasets has: nearly always it is
 * misspelt, and an empty answer would look like a finding.
 * @throws Problem `invalid` with the nearest names; see also {@link requirePossible}
 */
export const requireSeen = async (sql: Sql, readable: ReadableDatasets, expression: Expression): Promise<void> => {
  await requirePossible(sql, readable, expression);
  await requireResults(sql, readable, expression);
  await requireSeenFields(sql, readable, expression);
};

/** Where a field may be that is too large to be searched: a sentence, or nothing. */
const cutValues = async (sql: Sql, readable: ReadableDatasets): Promise<string> => {
  const [row] = await sql<{ dataset: string }[]>`
    select dataset from catalog.scans
    where findings <> '[]' and findings @> '[{"rule": "not-searchable"}]'
      and ${readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`}
    order by dataset limit 1`;
  if (row === undefined) return "";
  return ` Values of ${row.dataset} are too large to be searched; \`rollerblade dataset findings ${row.dataset}\` names them.`;
};

/** The same for what is shown, and not compared with anything. @throws Problem `invalid` */
export const requireSeenFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  expression: Pick<Expression, "fields">,
): Promise<void> => {
  const [first, ...others] = await unseenFields(sql, readable, expression);
  if (first === undefined) return;
  const { field, nearest } = first;
  const advice = nearest.length === 0 ? "" : `; did you mean ${nearest.join(" or ")}?`;
  throw new Problem({
    code: "invalid",
    message: `No dataset that you may read has the field ${field}${advice}`,
    subject: field,
    next: `See what can be asked with \`rollerblade fields\`.${await cutValues(sql, readable)}`,
    findings: others.length === 0 ? [] : [first, ...others].map((one) => ({ where: one.field, message: "is unknown" })),
  });
};
