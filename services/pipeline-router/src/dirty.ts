import { columnsOf, notify, type Queryable, recordset } from "@rollerblade/database";
import { dirtyTable } from "./tables.gen.ts";

/** A place where something changed: a subject, or with an empty subject the rules on a whole dataset. */
export type Place = { readonly dataset: string; readonly subject: string };

/** A change, with the trace of what made it. */
export type Mark = Place & { readonly traceparent: string | null; readonly dueAt?: Date };

/** The channel on which the evaluators are notified that there is something to do. */
export const dirtyChannel = "rollerblade_pipeline_router_dirty";

/** One text a place. */
export const placeName = ({ dataset, subject }: Place): string => `${dataset}/${subject}`;

/** Where a slice's rules are evaluated. */
export const placeOfSlice = ({ dataset, subject }: { dataset: string; subject: string | null }): Place => ({
  dataset,
  subject: subject ?? "",
});

/**
 * Says that these places must be looked at once the transaction commits; of several marks of one place the last one's trace
 * counts. A subject's change is its dataset's, too.
 */
export const markDirty = async (tx: Queryable, marks: readonly Mark[]): Promise<void> => {
  if (marks.length === 0) return;
  const places = new Map<string, Mark>();
  for (const mark of marks) {
    places.set(placeName(mark), mark);
    if (mark.subject !== "" && mark.dueAt === undefined)
      places.set(placeName({ ...mark, subject: "" }), { ...mark, subject: "" });
  }
  const rows = [...places.values()].map((mark) => ({ ...mark, dueAt: mark.dueAt ?? null }));
  await tx`
    insert into pipeline_router.dirty (dataset, subject, traceparent, due_at)
    select dataset, subject, traceparent, coalesce(due_at, now())
    from ${recordset(tx, columnsOf(dirtyTable, "dataset", "subject", "traceparent", "dueAt"), rows)} as marked`;
  await notify(tx, dirtyChannel);
};
