import { bound, type Expression, fragment, type SqlFragment } from "@rollerblade/query";
import { isReadable, scans } from "../query/columns.ts";
import type { PageQuery } from "../query/question.ts";
import { sameSlice } from "../query/slice-columns.ts";
import { where } from "../query/slice-page.ts";
import type { PinRow } from "../saved/find-saved.ts";

/** What decides which scans are handed out: an expression that is asked now, or a pin. */
export type Selection =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "pin"; readonly pin: PinRow };

/**
 * All scans of the slices that a query finds, for a `from` clause, where they are called `found`: at the level `session` also
 * those of the same session for which the expression is not true.
 */
export const foundScans = (query: Omit<PageQuery, "after"> & { readonly selection: Selection }): SqlFragment => {
  const { selection, ...page } = query;
  if (selection.kind === "pin")
    return fragment`(
      select other.* from catalog.scans other
      join catalog.pinned_scans scan on scan.dataset = other.dataset and scan.path = other.path
      where scan.pin = ${bound(selection.pin.id, "uuid")} and ${isReadable(query.readable)}) as found`;
  const matching = where({ ...page, expression: selection.expression, after: undefined });
  if (query.level === "scan") return fragment`(select scan.* from ${scans} where ${matching}) as found`;
  return fragment`(
    select other.* from catalog.scans other
    where exists (select from ${scans} where ${sameSlice(query.level, "scan", "other")} and ${matching})) as found`;
};
