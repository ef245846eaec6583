import { fragment, raw, type SqlFragment } from "@rollerblade/query";
import { type Handout, type HandoutTools, linked } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place, partOf, placeRow } from "./part.ts";

/** Companions and sidecars that one statement looks at: most of them belong to scans, and those were handed out with these. */
const examinedAtOnce = 2_000;

type Examined = Handout & { readonly isAlone: boolean };

/** That a row `file` lies in the slice of a scan found. */
const sameSliceAsFound = {
  session:
    "found.dataset = file.dataset and found.subject = file.subject and found.session = coalesce(file.session, '')",
  subject: "found.dataset = file.dataset and found.subject = file.subject",
  // Whoever has no scan is not in the tables of a part either.
  dataset: "found.dataset = file.dataset and found.subject = file.subject",
} as const;

/**
 * Companions and sidecars of the sessions or subjects found that go with no scan, such as `beh/…_events.tsv` of a task whose responses
 * were recorded and nothing else. Scans that were found one by one have none, and a pin is its scans.
 */
export const companionsPart = async (tools: HandoutTools, query: FilesQuery, after: Place): Promise<Part> => {
  const { level, selection } = query;
  if (level === "scan" || selection.kind === "pin") return { items: [], next: null };
  const rows = await askAbout<Examined>(tools, query, (found) => {
    const candidates: SqlFragment = fragment`
      select file.dataset, file.path, file.size, file.sha256, file.subject from catalog.files file
      where file.kind in ('companion', 'sidecar') and file.subject is not null and (file.dataset, file.path) > ${placeRow(after)}
        and exists (select from ${found} where ${raw(sameSliceAsFound[level])})
      order by file.dataset, file.path limit ${raw(String(examinedAtOnce + 1))}`;
    return fragment`
      select file.dataset, file.path, file.size, file.sha256, not exists (
        select from catalog.scans scan where scan.dataset = file.dataset and scan.subject = file.subject
          and (file.path = any(scan.sidecars) or scan.files @> jsonb_build_array(jsonb_build_object('path', file.path)))) as is_alone
      from (${candidates}) as file order by file.dataset, file.path`;
  });
  const { page, next } = partOf(rows, examinedAtOnce);
  const alone = page.filter(({ isAlone }) => isAlone);
  return { items: await Promise.all(alone.map((file) => linked(tools.objects, file))), next };
};
