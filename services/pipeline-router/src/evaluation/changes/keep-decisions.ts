import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { type DecisionRow, decisionsTable } from "../../tables.gen.ts";
import { sliceOf } from "../standing-row.ts";
import type { Call } from "./announce-calls.ts";
import type { Changes } from "./changes.ts";

/**
 * Ends decisions that the state no longer calls for. They stay in the table, with the reason.
 * @returns what their rules call for now, as far as no other decision takes their place: nothing
 */
export const endDecisions = async (tx: Transaction, rows: Changes["end"]): Promise<Call[]> => {
  if (rows.length === 0) return [];
  const ended = await tx<DecisionRow[]>`
    update pipeline_router.decisions as decision set ended_at = now(), ended_why = ended.why
    from ${recordset(tx, { ...columnsOf(decisionsTable, "id"), why: "text" }, rows)} as ended
    where decision.id = ended.id
    returning decision.*`;
  // A note called for nothing before; that its rule no longer looks at the slice is news all the same.
  return ended
    .filter(({ key, endedWhy }) => key !== null || endedWhy === "withdrawn")
    .map(({ document, rule, analysis, version, parametersHash, endedWhy, ...row }) => ({
      ...{ document, rule, analysis, version, parametersHash },
      slice: sliceOf(row),
      key: null,
      covered: endedWhy !== "withdrawn",
    }));
};

/** Writes how far decisions are that stay in force, and why. */
export const restateDecisions = async (tx: Transaction, rows: Changes["restate"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions as decision
    set progress = stated.progress, reason = stated.reason, changed_at = now()
    from ${recordset(tx, columnsOf(decisionsTable, "id", "progress", "reason"), rows)} as stated
    where decision.id = stated.id`;
};

/** Gives decisions that failed to the new application of their document, which waits for a change or a retry as the old one did. */
export const adoptDecisions = async (tx: Transaction, rows: Changes["adopt"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions as decision set application = adopted.application, run = adopted.run
    from ${recordset(tx, columnsOf(decisionsTable, "id", "application", "run"), rows)} as adopted
    where decision.id = adopted.id`;
};
