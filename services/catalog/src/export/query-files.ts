import { datasetsPart } from "./datasets-part.ts";
import { type Derived, derivedRows, isOfFound, withDescriptions } from "./derived-files.ts";
import type { HandoutTools } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Parts, type Place, pageOfParts, partOf } from "./part.ts";
import { scansPart } from "./scans-part.ts";
import { tablesPart } from "./tables-part.ts";

/** Derivatives with what describes them. */
const derivedPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  if (!query.derivatives) return { items: [], next: null };
  const rows = await askAbout<Derived>(tools, query, (found) =>
    derivedRows(isOfFound(query.mayRead, found), after, query.limit + 1),
  );
  const { page, next } = partOf(rows, query.limit);
  return { items: await withDescriptions(tools, page), next };
};

const parts: Parts<FilesQuery> = [
  ["scans", scansPart],
  ["derived", derivedPart],
  ["tables", tablesPart],
  ["datasets", datasetsPart],
];

/** One page of the files that make a BIDS tree of the slices found; a file may come again on a later page. */
export const queryFiles = (tools: HandoutTools, query: FilesQuery, after: string | undefined) =>
  pageOfParts(parts, tools, query, after);
