import { fragment, raw } from "@rollerblade/query";
import { filesOfScans, type ScanPlace } from "./files-of-scans.ts";
import { type HandoutTools, linked } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf, placeRow } from "./part.ts";

/** Images, companions and sidecars of the scans found. */
export const scansPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  const rows = await askAbout<ScanPlace>(
    tools,
    query,
    (found) => fragment`
      select found.dataset, found.path, found.files, found.sidecars from ${found}
      where (found.dataset, found.path) > ${placeRow(after)}
      order by found.dataset, found.path limit ${raw(String(query.limit + 1))}`,
  );
  const { page, next } = partOf(rows, query.limit);
  const files = await filesOfScans(tools.reader.sql, page);
  return { items: await Promise.all(files.map((file) => linked(tools.objects, file))), next };
};
