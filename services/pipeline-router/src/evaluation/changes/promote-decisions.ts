import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { v7 } from "uuid";
import { type DecisionRow, decisionsTable } from "../../tables.gen.ts";
import type { Request } from "../request.ts";
import { firstOutcome, type PromoteDecision } from "./changes.ts";
import { firstRequests } from "./first-requests.ts";

const columns = {
  ...columnsOf(decisionsTable, "id", "key", "analysis", "version", "parametersHash", "application", "run"),
  ...columnsOf(decisionsTable, "progress", "reason", "traceparent", "outcome"),
  /** The id that the row has had as a note. */
  note: "uuid",
} as const;

/**
 * Turns notes into decisions, whose slices can be executed now. Each gets a new id, since the id of a decision (a UUIDv7) tells when it
 * was made.
 */
export const promoteDecisions = async (tx: Transaction, decisions: readonly PromoteDecision[]): Promise<Request[]> => {
  if (decisions.length === 0) return [];
  const promoted = decisions.map((decision) => ({ ...decision, note: decision.id, id: v7() }));
  const rows = promoted.map(({ id, note, document, rule, verdict, traceparent }) => ({
    id,
    note,
    key: verdict.call.kind === "run" ? verdict.call.key : null,
    analysis: rule.lock.analysis,
    version: rule.lock.version,
    parametersHash: rule.lock.parametersHash,
    application: document.application,
    run: document.runs.get(rule.name) ?? null,
    progress: verdict.progress,
    reason: verdict.reason,
    outcome: firstOutcome(verdict),
    traceparent,
  }));
  const written = await tx<Pick<DecisionRow, "id" | "sequence">[]>`
    update pipeline_router.decisions as decision set
      id = promoted.id, key = promoted.key, analysis = promoted.analysis, version = promoted.version,
      parameters_hash = promoted.parameters_hash, sequence = nextval('pipeline_router.decision_sequence'), round = 1, sends = 1,
      application = promoted.application, run = promoted.run, outcome = promoted.outcome, progress = promoted.progress,
      reason = promoted.reason, traceparent = promoted.traceparent, asked_at = now(), started_at = now(),
      changed_at = now()
    from ${recordset(tx, columns, rows)} as promoted
    where decision.id = promoted.note
    returning decision.id, decision.sequence`;
  return firstRequests(promoted, written);
};
