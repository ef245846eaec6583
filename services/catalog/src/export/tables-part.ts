import { cutFile, type Kept, type Table } from "./cut-file.ts";
import { cutWhileFits } from "./cut-while-fits.ts";
import type { ScanPlace } from "./files-of-scans.ts";
import type { HandoutTools } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf } from "./part.ts";

type SubjectTable = Table & { readonly subject: string };

/** `sessions.tsv` and `scans.tsv` of the subjects found, cut to what was found of them. */
export const tablesPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  const text = (found: string, at: number): string =>
    `select t.dataset, t.path, t.size, t.sha256, t.kind, t.subject from catalog.files t
     where t.kind in ('sessions', 'scans') and t.subject is not null and (t.dataset, t.path) > ($${at}::text, $${at + 1}::text)
       and exists (select from ${found} where f.dataset = t.dataset and f.subject = t.subject
         and (t.session is null or f.session = t.session))
     order by t.dataset, t.path limit ${query.limit + 1}`;
  const { page, next } = partOf(await askAbout<SubjectTable>(tools, query, text, after), query.limit);
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
    const text = (found: string, at: number): string =>
      `select f.path, f.files, f.subject, f.session from ${found} where f.dataset = $${at}::text and f.subject = any($${at + 1}::text[])`;
    type Scan = Pick<ScanPlace, "path" | "files"> & { readonly subject: string; readonly session: string };
    const scans = await askAbout<Scan>(tools, query, text, [dataset, subjects]);
    kept.set(dataset, {
      subjects: new Set(subjects),
      sessions: new Set(scans.map(({ subject, session }) => `${subject}/${session}`)),
      paths: new Set(scans.flatMap(({ path, files }) => [path, ...files.map((file) => file.path)])),
    });
  }
  return kept;
};
