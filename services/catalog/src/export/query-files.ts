import { fragment } from "@rollerblade/query";
import { companionsPart } from "./companions-part.ts";
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
  ["companions", companionsPart],
  ["derived", derivedPart],
  ["tables", tablesPart],
  ["datasets", datasetsPart],
];

/** Derivatives of what was found that are not handed out, since what they were made from has changed. */
const countOutdated = async (tools: HandoutTools, query: FilesQuery): Promise<number> => {
  const [row] = await askAbout<{ outdated: number }>(
    tools,
    query,
    (found) => fragment`
      select count(*)::int8 as outdated from catalog.derivatives derivative where ${isOfFound(query.mayRead, found, true)}`,
  );
  return row?.outdated ?? 0;
};

/** One page of the files that make a BIDS tree of the slices found; a file may come again on a later page. */
export const queryFiles = async (tools: HandoutTools, query: FilesQuery, after: string | undefined) => ({
  ...(await pageOfParts(parts, tools, query, after)),
  outdated: query.derivatives && after === undefined ? await countOutdated(tools, query) : null,
});
