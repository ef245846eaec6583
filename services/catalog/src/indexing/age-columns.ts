import { type ColumnMeaning, columnMeanings, folderOf, type JsonObject } from "@rollerblade/abids";
import type { Queryable } from "@rollerblade/database";
import { isDictionary } from "./dictionary-files.ts";
import type { FileRecord } from "./file-record.ts";

type Described = Pick<FileRecord, "path" | "kind">;
type Dictionary = Described & { readonly content: JsonObject };

/** The definition of the column `age` of a table, or undefined where no data dictionary defines it. */
export type AgeColumns = (table: Described) => ColumnMeaning | undefined;

/** Whether a JSON file defines columns of tables, in the words of {@link isDictionary}. */
export const isDictionaryFile = ({ path, kind }: Described): boolean => path.endsWith(".json") && tableKinds.has(kind);

const tableKinds: ReadonlySet<string> = new Set(["participants", "sessions", "scans", "samples", "phenotype"]);

/**
 * Loads the definitions of all columns `age` of a dataset. Of several dictionaries that apply to a table (BIDS, "The
 * Inheritance Principle") the one nearest to it counts.
 */
export const loadAgeColumns = async (
  sql: Queryable,
  dataset: string,
  kinds: readonly FileRecord["kind"][],
): Promise<AgeColumns> => {
  const rows = await sql<Dictionary[]>`
    select kind, path, jsonb_build_object('age', content -> 'age') as content from catalog.files
    where dataset = ${dataset} and ${sql.unsafe(isDictionary)} and kind = any(${[...kinds]}::text[]) and content ? 'age'
    order by length(path) desc`;
  return (table) => {
    const nearest = rows.find((dictionary) => describes(dictionary, table));
    return nearest === undefined ? undefined : columnMeanings(nearest.content).get("age");
  };
};

/** Whether a data dictionary applies to a table: it has the table's own name, or lies above it with less in its name. */
const describes = (dictionary: Described, table: Described): boolean => {
  if (dictionary.kind !== table.kind) return false;
  if (stemOf(dictionary.path) === stemOf(table.path)) return true;
  if (table.kind !== "sessions" && table.kind !== "scans") return false;
  const folder = folderOf(dictionary.path);
  return folder === "" || table.path.startsWith(`${folder}/`);
};

const stemOf = (path: string): string => path.slice(0, path.lastIndexOf("."));
