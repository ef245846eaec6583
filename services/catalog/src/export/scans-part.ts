import { filesOfScans, type ScanPlace } from "./files-of-scans.ts";
import { type HandoutTools, linked } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf } from "./part.ts";

/** Images, companions and sidecars of the scans found. */
export const scansPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  const text = (found: string, at: number): string =>
    `select f.dataset, f.path, f.files, f.sidecars from ${found}
     where (f.dataset, f.path) > ($${at}::text, $${at + 1}::text) order by f.dataset, f.path limit ${query.limit + 1}`;
  const { page, next } = partOf(await askAbout<ScanPlace>(tools, query, text, after), query.limit);
  const files = await filesOfScans(tools.reader.sql, page);
  return { items: await Promise.all(files.map((file) => linked(tools.objects, file))), next };
};
