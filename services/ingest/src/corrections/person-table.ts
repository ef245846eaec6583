import { buffer } from "node:stream/consumers";
import { type CellsToSet, type ColumnMeaning, readDataDictionary } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { Problem } from "@rollerblade/errors";
import type { Ingest } from "../ingest.ts";

/** Whose cells are meant, and in which kind of table. */
export type PersonRow = {
  readonly subject: string;
  readonly session: string | null;
  /** A table in `phenotype/`, without `.tsv`. */
  readonly phenotype: string | null;
};

/** Columns that a table of people may always get: BIDS describes them for `participants.tsv`. */
export const usualColumns: ReadonlySet<string> = new Set(["age", "sex", "handedness"]);

/** Returns the path of the table that has a row. */
export const tableOf = ({ subject, session, phenotype }: PersonRow): string => {
  if (phenotype !== null) return `phenotype/${phenotype}.tsv`;
  return session === null ? "participants.tsv" : `sub-${subject}/sub-${subject}_sessions.tsv`;
};

/** Returns what names the row of a person or session in a table. */
export const rowOf = (file: string, subject: string, session: string | null): CellsToSet["row"] => {
  const person = ["participant_id", `sub-${subject}`] as const;
  if (session === null) return new Map([person]);
  const ofSession = ["session_id", `ses-${session}`] as const;
  return file.startsWith("phenotype/") ? new Map([person, ofSession]) : new Map([ofSession]);
};

/** Data dictionaries that may define the columns of a table, the most general first (BIDS, inheritance principle). */
const dictionariesOf = (file: string): string[] => {
  const own = file.replace(/\.tsv$/, ".json");
  return file.endsWith("_sessions.tsv") ? ["sessions.json", own] : [own];
};

/** Reads what the data dictionaries of a table say of its columns. */
export const readMeanings = async (
  ingest: Ingest,
  dataset: string,
  file: string,
): Promise<ReadonlyMap<string, ColumnMeaning>> => {
  const meanings = new Map<string, ColumnMeaning>();
  for (const path of dictionariesOf(file)) {
    const content = await readStored(ingest, dataset, path);
    if (content === null) continue;
    for (const [column, meaning] of readDataDictionary(path, content).columns) meanings.set(column, meaning);
  }
  return meanings;
};

/** Bytes of a table that is edited; larger than any table of people that is known. */
export const maxTableBytes = 64 * 2 ** 20;

/**
 * Reads a file as it lies in the bucket, whatever is recorded of it: the catalog takes rows of deleted people out of tables. Null where
 * there is none. @throws Problem `invalid` for one that is too large to be edited
 */
export const readStored = async (
  { objects }: Pick<Ingest, "objects">,
  dataset: string,
  path: string,
): Promise<Uint8Array | null> => {
  const head = await objects.head(datasetKey(dataset, path));
  if (head === null) return null;
  if (head.size <= maxTableBytes)
    return head.size === 0 ? new Uint8Array() : buffer(await objects.get(datasetKey(dataset, path)));
  throw new Problem({
    code: "invalid",
    message: `${path} has ${head.size} bytes; single cells of files up to ${maxTableBytes} are set.`,
    subject: path,
    next: "Correct the file and upload it with `rollerblade scan upload`.",
  });
};
