import { bound, fragment, raw } from "@rollerblade/query";
import { cutFile, type Kept, type Table } from "./cut-file.ts";
import { cutWhileFits } from "./cut-while-fits.ts";
import type { ScanPlace } from "./files-of-scans.ts";
import type { HandoutTools } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf, placeRow } from "./part.ts";

type SubjectTable = Table & { readonly subject: string };

/** `sessions.tsv` and `scans.tsv` of the subjects found, cut to what was found of them. */
export const tablesPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  const rows = await askAbout<SubjectTable>(
    tools,
    query,
    (found) => fragment`
      select file.dataset, file.path, file.size, file.sha256, file.kind, file.subject from catalog.files file
      where file.kind in ('sessions', 'scans') and file.subject is not null and (file.dataset, file.path) > ${placeRow(after)}
        and exists (select from ${found} where found.dataset = file.dataset and found.subject = file.subject
          and (file.session is null or found.session = file.session))
      order by file.dataset, file.path limit ${raw(String(query.limit + 1))}`,
  );
  const { page, next } = partOf(rows, query.limit);
  const kept = await keptOf(tools, query, page);
  const { items, rest } = await cutWhileFits(page, async (table) => {
    const of = kept.get(table.dataset);
    return of === undefined ? null : cutFile(tools, table, of);
  });
  return { items, next: rest ?? next };
};

/** By dataset what was found of the subjects that these tables speak of. */
const keptOf = async (
  tools: HandoutTools,
  query: FilesQuery,
  tables: readonly SubjectTable[],
): Promise<Map<string, Kept>> => {
  const kept = new Map<string, Kept>();
  for (const [dataset, of] of Map.groupBy(tables, (table) => table.dataset)) {
    const subjects = [...new Set(of.map(({ subject }) => subject))];
    type Scan = Pick<ScanPlace, "path" | "files"> & { readonly subject: string; readonly session: string };
    const scans = await askAbout<Scan>(
      tools,
      query,
      (found) => fragment`
        select found.path, found.files, found.subject, found.session from ${found}
        where found.dataset = ${bound(dataset, "text")} and found.subject = any(${bound(subjects, "text[]")})`,
    );
    kept.set(dataset, {
      subjects: new Set(subjects),
      sessions: new Set(scans.map(({ subject, session }) => `${subject}/${session}`)),
      paths: new Set(scans.flatMap(({ path, files }) => [path, ...files.map((file) => file.path)])),
    });
  }
  return kept;
};
