import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { type DecisionRow, decisionsTable } from "../../tables.gen.ts";
import type { Request } from "../request.ts";
import type { RequestAgain } from "./changes.ts";

const columns = {
  ...columnsOf(decisionsTable, "id", "application", "run", "traceparent"),
  newRound: "boolean",
} as const;

/**
 * Requests decisions again that stand. A new round is a request on purpose, by applying the document again, and whoever executes
 * answers it anew; the same round once more is for a request that nobody answered: one that was answered since it was read stays so,
 * since its answer comes only once.
 */
export const requestAgain = async (tx: Transaction, rows: readonly RequestAgain[]): Promise<Request[]> => {
  if (rows.length === 0) return [];
  const changed = rows.map(({ document, rule, row, newRound, traceparent }) => ({
    id: row.id,
    application: document.application,
    run: document.runs.get(rule.name) ?? null,
    newRound,
    traceparent,
  }));
  const requested = await tx<Pick<DecisionRow, "id">[]>`
    update pipeline_router.decisions as decision set
      round = decision.round + again.new_round::int, sends = case when again.new_round then 1 else decision.sends + 1 end,
      application = again.application, run = again.run, outcome = 'asked', traceparent = again.traceparent, asked_at = now(),
      reason = case when again.new_round then 'started' else decision.reason end, changed_at = now()
    from ${recordset(tx, columns, changed)} as again
    where decision.id = again.id and (again.new_round or decision.outcome = 'asked')
    returning decision.id`;
  const ids = new Set(requested.map(({ id }) => id));
  return rows.flatMap(({ document, rule, row, newRound, verdict, traceparent, priority }) => {
    if (verdict.call.kind !== "run" || !ids.has(row.id)) return [];
    const { request } = verdict.call;
    const round = row.round + (newRound ? 1 : 0);
    return [{ decision: row.id, round, sequence: row.sequence ?? 0, document, rule, request, traceparent, priority }];
  });
};
