import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { sameSlice } from "../query/slice-columns.ts";
import { type SliceQuery, where } from "../query/slice-page.ts";
import type { Condition } from "../query/statement.ts";
import type { PinRow } from "../saved/find-saved.ts";

/**
 * All scans of the slices that a query finds, to be written after `from`, where they are called `f`: at the level `session` also those
 * of the same session for which the expression is not true.
 */
export const foundScans = (query: SliceQuery & { readonly pin: PinRow | null }): Condition => {
  if (query.pin !== null) return pinnedScans(query.pin, query.readable);
  const { text, values } = where({ ...query, after: undefined });
  if (query.level === "scan") return { text: `(select s.* from catalog.scans s where ${text}) as f`, values };
  const same = sameSlice(query.level, "s", "o");
  return {
    text: `(select o.* from catalog.scans o where exists (select from catalog.scans s where ${same} and ${text})) as f`,
    values,
  };
};

/** What is left of the scans of a pin. */
const pinnedScans = ({ id }: PinRow, readable: ReadableDatasets): Condition => ({
  text: `(select o.* from catalog.scans o join catalog.pinned_scans p on p.dataset = o.dataset and p.path = o.path
    where p.pin = $1::uuid ${readable === "all" ? "" : "and p.dataset = any($2::text[])"}) as f`,
  values: [id, ...(readable === "all" ? [] : [[...readable]])],
});
