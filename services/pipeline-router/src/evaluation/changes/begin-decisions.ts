import { sliceKey } from "@rollerblade/abids/facts";
import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { v7 } from "uuid";
import { type DecisionRow, decisionsTable } from "../../tables.gen.ts";
import type { Request } from "../request.ts";
import { type BeginDecision, firstOutcome } from "./changes.ts";
import { firstRequests } from "./first-requests.ts";

const columns = columnsOf(
  decisionsTable,
  ...(["id", "document", "rule", "level", "dataset", "subject", "session", "scan", "sliceKey", "key"] as const),
  ...(["analysis", "version", "parametersHash", "application", "run", "progress", "reason"] as const),
  ...(["restarts", "traceparent", "outcome"] as const),
);

/**
 * Inserts decisions and returns what is to be requested of the scheduler. One whose slice cannot be executed yet has no key: it is a note of what is missing, is not requested, and
 * becomes a decision by `promoteDecisions`.
 */
export const beginDecisions = async (tx: Transaction, decisions: readonly BeginDecision[]): Promise<Request[]> => {
  if (decisions.length === 0) return [];
  const begun = decisions.map((decision) => ({ ...decision, id: v7() }));
  const rows = begun.map(({ id, document, rule, verdict, traceparent, restarts }) => {
    const { level, dataset, subject, session, scan } = verdict.slice;
    const key = verdict.call.kind === "run" ? verdict.call.key : null;
    return {
      id,
      document: document.name,
      rule: rule.name,
      level,
      dataset,
      subject,
      session,
      scan,
      sliceKey: sliceKey(verdict.slice),
      key,
      analysis: rule.lock.analysis,
      version: rule.lock.version,
      parametersHash: rule.lock.parametersHash,
      application: document.application,
      run: key === null ? null : (document.runs.get(rule.name) ?? null),
      progress: verdict.progress,
      reason: verdict.reason,
      outcome: firstOutcome(verdict),
      restarts,
      traceparent,
    };
  });
  const written = await tx<Pick<DecisionRow, "id" | "sequence">[]>`
    insert into pipeline_router.decisions (
      id, document, rule, level, dataset, subject, session, scan, slice_key, key, analysis, version, parameters_hash, sequence,
      round, sends, application, run, outcome, progress, reason, restarts, traceparent, asked_at, started_at)
    select id, document, rule, level, dataset, subject, session, scan, slice_key, key, analysis, version, parameters_hash,
      case when key is not null then nextval('pipeline_router.decision_sequence') end,
      (key is not null)::int, (key is not null)::int, application, run, outcome, progress,
      reason, restarts, traceparent, case when key is not null then now() end, case when key is not null then now() end
    from ${recordset(tx, columns, rows)} as begun
    returning id, sequence`;
  return firstRequests(begun, written);
};
