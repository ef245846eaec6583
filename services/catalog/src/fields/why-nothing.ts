import { metadataTerms } from "@rollerblade/abids/metadata-terms";
import type { Sql } from "@rollerblade/database";
import { comparedTexts, derivativesOf, type Expression, resultName, resultsOf } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { seenFields } from "./known-fields.ts";

/**
 * Tells of what an expression asks for that could be, and that no scan of these datasets has: a dataset without scans, a suffix, a
 * field or an analysis. For an expression that found nothing, so that its author need not look for a slip.
 */
export const whyNothing = async (sql: Sql, readable: ReadableDatasets, expression: Expression): Promise<string[]> => {
  const inside = readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`;
  const [some] = await sql`select from catalog.scans where ${inside} limit 1`;
  if (some === undefined) return ["There are no scans in the datasets that were looked into."];
  const missing = await Promise.all([
    missingFields(sql, readable, expression),
    missingValues(sql, readable, expression),
    missingAnalyses(sql, readable, expression),
    missingResults(sql, readable, expression),
  ]);
  return missing.flat();
};

/** Labels and paths are of every scan; what else is a field may be of none. */
const always: ReadonlySet<string> = new Set([
  ...["dataset.name", "subject.label", "session.label", "scan.path", "scan.suffix", "scan.datatype", "scan.extension"],
  ...["file.path", "file.extension", "file.role", "file.size", "file.sha256"],
]);

const isCounted = (field: string): boolean => !always.has(field) && !/\.(?:suffixes|datatypes)$/.test(field);

const missingFields = async (sql: Sql, readable: ReadableDatasets, { fields }: Expression): Promise<string[]> => {
  // A part of a field (`metadata.SliceTiming[0]`) is counted as a part of the whole.
  const asked = fields
    .filter(isCounted)
    .map((field) => /^[^.[]+(?:\.entities|\.phenotype\.[^.[]+)?(?:\.[^.[]+|\["[^"]*"\])/.exec(field)?.[0] ?? field);
  if (asked.length === 0) return [];
  const seen = await seenFields(sql, readable, asked);
  return [...new Set(asked)]
    .filter((field) => !seen.has(field))
    .map((field) => {
      const isOfBids = field.startsWith("metadata.") && metadataTerms.has(field.slice("metadata.".length));
      return `No scan that was looked into has ${field}${isOfBids ? ", which is a field of BIDS" : ""}.`;
    });
};

const columns = [
  ["dataset.name", "dataset"],
  ["scan.suffix", "suffix"],
  ["scan.datatype", "datatype"],
  ["subject.label", "subject"],
  ["session.label", "session"],
] as const;

const missingValues = async (sql: Sql, readable: ReadableDatasets, { ast }: Expression): Promise<string[]> => {
  const compared = comparedTexts(ast);
  const inside = readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`;
  const missing: string[] = [];
  for (const [field, column] of columns)
    for (const text of new Set(compared.filter((one) => one.field === field).map((one) => one.text))) {
      const [some] = await sql`select from catalog.scans where ${inside} and ${sql(column)} = ${text} limit 1`;
      if (some !== undefined) continue;
      missing.push(
        field === "dataset.name"
          ? `The dataset "${text}" has no scans.`
          : `No scan that was looked into has the ${field} "${text}".`,
      );
    }
  return missing;
};

/** Analyses and pipelines that made nothing here: a misspelled one finds nothing, and without its derivative everything. */
export const missingAnalyses = async (sql: Sql, readable: ReadableDatasets, { ast }: Expression): Promise<string[]> => {
  const inside = readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`;
  const visible = readable === "all" ? sql`true` : sql`datasets <@ ${[...readable]}::text[]`;
  const missing: string[] = [];
  for (const analysis of new Set(derivativesOf(ast).map((wanted) => wanted.analysis))) {
    const [some] = await sql`
      select from catalog.derivatives where analysis = ${analysis} and ${inside} and ${visible}
      union all select from catalog.derived_datasets where pipeline = ${analysis} and ${inside} limit 1`;
    if (some === undefined) missing.push(`Nothing that was looked into was made by "${analysis}".`);
  }
  return missing;
};

/** Tags that have no value here yet. */
const missingResults = async (sql: Sql, readable: ReadableDatasets, { ast }: Expression): Promise<string[]> => {
  const inside = readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`;
  const visible = readable === "all" ? sql`true` : sql`datasets <@ ${[...readable]}::text[]`;
  const missing: string[] = [];
  for (const wanted of resultsOf(ast)) {
    const [some] = await sql`
      select from tagger.results_v1
      where tag = ${wanted.tag} and document = coalesce(${wanted.document}, document) and ${inside} and ${visible} limit 1`;
    if (some === undefined) missing.push(`Nothing that was looked into has ${resultName(wanted)} yet.`);
  }
  return [...new Set(missing)];
};
