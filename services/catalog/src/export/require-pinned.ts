import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import type { PinRow } from "../saved/find-saved.ts";

/** Files that are named one by one. */
const maxNamed = 100;

/** A pin is handed out as it was or not at all. @throws Problem `conflict` with the files that are no longer what they were */
export const requirePinned = async (
  sql: Sql,
  { id, query, pin }: PinRow,
  readable: ReadableDatasets,
): Promise<void> => {
  const lost = await sql<{ dataset: string; path: string; there: boolean }[]>`
    select p.dataset, coalesce(f.file ->> 'path', p.path) as path, there.sha256 is not null as there
    from catalog.pinned_scans p
    left join catalog.pinned_facts k on k.facts_hash = p.facts_hash
    left join lateral jsonb_array_elements(k.facts -> 'files') as f(file) on true
    left join catalog.files there on there.dataset = p.dataset and there.path = f.file ->> 'path'
    where p.pin = ${id} ${readable === "all" ? sql`` : sql`and p.dataset = any(${[...readable]}::text[])`}
      and (k.facts is null or there.sha256 is distinct from f.file ->> 'sha256')
    order by 1, 2 limit ${maxNamed + 1}`;
  if (lost.length === 0) return;
  const count = lost.length > maxNamed ? `More than ${maxNamed}` : String(lost.length);
  throw new Problem({
    code: "conflict",
    message: `${count} of the files of ${query}@${pin} are no longer what they were when it was pinned.`,
    subject: `${query}@${pin}`,
    next: `Download ${query} as it is now, or bring the files back.`,
    findings: lost.slice(0, maxNamed).map(({ dataset, path, there }) => ({
      where: `${dataset}/${path}`,
      message: there ? "has changed" : "is gone",
    })),
  });
};
