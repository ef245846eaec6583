import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { decisionsTable } from "../../tables.gen.ts";
import type { Changes } from "./changes.ts";

/** Ends decisions that the state no longer calls for. They stay in the table, with the reason. */
export const endDecisions = async (tx: Transaction, rows: Changes["end"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions as decision set ended_at = now(), ended_why = ended.why
    from ${recordset(tx, { ...columnsOf(decisionsTable, "id"), why: "text" }, rows)} as ended
    where decision.id = ended.id`;
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
