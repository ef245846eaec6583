import { assignExcluded, insertRecords, type Transaction } from "@rollerblade/database";
import { factsRowOf } from "../query/scan-row.ts";
import { scansTable } from "../tables.gen.ts";
import type { MergedScan, ScanFinding } from "./scan-facts.ts";

/** What matters of an indexed scan when it is put together anew. */
export type KnownScan = {
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly factsHash: string;
  readonly imagesHash: string;
  readonly sidecars: readonly string[];
  readonly findings: readonly ScanFinding[];
  readonly revision: number;
};

/** The indexed ones among these scans, by path. */
export const knownScans = async (
  tx: Transaction,
  dataset: string,
  paths: readonly string[],
): Promise<Map<string, KnownScan>> => {
  const rows = await tx<KnownScan[]>`
    select path, subject, session, facts_hash, images_hash, sidecars, findings, revision from catalog.scans
    where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
  return new Map(rows.map((row) => [row.path, row]));
};

/** Returns a scan as a row of `catalog.scans`. */
export const scanRowOf = ({ facts, ...merged }: MergedScan, revision: number) => ({
  ...factsRowOf({ ...facts, revision }),
  ...merged,
});

type WrittenScan = ReturnType<typeof scanRowOf>;

/** Whether a column is set anew when the scan is indexed already: all but the primary key. */
const isReplaced = (column: string): column is Exclude<keyof WrittenScan, "dataset" | "path"> =>
  column !== "dataset" && column !== "path";

/** Inserts scans, or replaces those that are indexed already. */
export const writeScans = async (tx: Transaction, rows: readonly WrittenScan[]): Promise<void> => {
  const replaced = Object.keys(rows[0] ?? {}).filter(isReplaced);
  await insertRecords(tx, scansTable, rows, {
    onConflict: tx`on conflict (dataset, path) do update set ${assignExcluded(tx, replaced)}, indexed_at = now()`,
  });
};
