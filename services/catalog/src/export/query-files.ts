import type { DownloadFile } from "@rollerblade/client";
import { readCursor, writeCursor } from "../query/cursor.ts";
import { datasetsPart } from "./datasets-part.ts";
import { type Derived, derivedRows, foundDerivatives, withDescriptions } from "./derived-files.ts";
import type { HandoutTools } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf } from "./part.ts";
import { scansPart } from "./scans-part.ts";
import { tablesPart } from "./tables-part.ts";

/** Derivatives with what describes them. */
const derivedPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  if (!query.derivatives) return { items: [], next: null };
  const { values } = foundDerivatives(query.mayRead, "", 0);
  const text = (found: string, at: number): string =>
    derivedRows(foundDerivatives(query.mayRead, found, at + 2).text, at, query.limit + 1);
  const rows = await askAbout<Derived>(tools, query, text, [...after, ...values]);
  const { page, next } = partOf(rows, query.limit);
  return { items: await withDescriptions(tools, page), next };
};

const parts = [
  ["scans", scansPart],
  ["derived", derivedPart],
  ["tables", tablesPart],
  ["datasets", datasetsPart],
] as const;

/** One page of the files that make a BIDS tree of the slices found; a file may come again on a later page. */
export const queryFiles = async (
  tools: HandoutTools,
  query: FilesQuery,
  after: string | undefined,
): Promise<{ items: DownloadFile[]; next: string | null }> => {
  const [name = "scans", dataset = "", path = ""] = after === undefined ? [] : readCursor(after, 3);
  const at = Math.max(
    0,
    parts.findIndex(([part]) => part === name),
  );
  const [part, work] = parts[at] ?? parts[0];
  const { items, next } = await work(tools, query, [dataset, path]);
  if (next !== null) return { items, next: writeCursor([part, ...next]) };
  const following = parts[at + 1];
  return { items, next: following === undefined ? null : writeCursor([following[0], "", ""]) };
};
