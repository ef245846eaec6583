import type { Finding } from "@rollerblade/errors";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { readJsonObject } from "./read-json.ts";

/** The definition of one column in a data dictionary (`participants.json`, `phenotype/<tool>.json`). */
export type ColumnMeaning = {
  readonly description: string | null;
  /** As written: `year`, `mm^3` … */
  readonly units: string | null;
  /** What each value of a categorical column means, by value. */
  readonly levels: ReadonlyMap<string, string>;
};

/** The columns that a data dictionary speaks of, by name. */
export type DataDictionary = {
  readonly columns: ReadonlyMap<string, ColumnMeaning>;
  readonly findings: readonly Finding[];
};

/**
 * Reads a data dictionary. Never throws: what is not JSON is a finding, and what is not a description of a column is passed
 * over.
 */
export const readDataDictionary = (where: string, content: string | Uint8Array): DataDictionary => {
  const { value, findings } = readJsonObject(where, content);
  return { columns: columnMeanings(value ?? {}), findings };
};

/** Reads the definition of each column from a data dictionary. */
export const columnMeanings = (dictionary: JsonObject): ReadonlyMap<string, ColumnMeaning> => {
  const columns = new Map<string, ColumnMeaning>();
  for (const [name, meaning] of Object.entries(dictionary)) {
    if (!isJsonObject(meaning) || name === "MeasurementToolMetadata") continue;
    columns.set(name, {
      description: textOf(meaning.Description ?? meaning.LongName),
      units: textOf(meaning.Units),
      levels: levelsOf(meaning.Levels),
    });
  }
  return columns;
};

const textOf = (value: Json | undefined): string | null => (typeof value === "string" && value !== "" ? value : null);

/** A level is a text, or an object with a description (as HED writes them). */
const levelsOf = (levels: Json | undefined): ReadonlyMap<string, string> => {
  if (levels === undefined || !isJsonObject(levels)) return new Map();
  return new Map(
    Object.entries(levels).flatMap(([value, meaning]) => {
      const text = textOf(meaning) ?? (isJsonObject(meaning) ? textOf(meaning.Description) : null);
      return text === null ? [] : [[value, text]];
    }),
  );
};
