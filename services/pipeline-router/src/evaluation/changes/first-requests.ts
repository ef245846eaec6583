import type { DecisionRow } from "../../tables.gen.ts";
import type { Request } from "../request.ts";
import { isRequested, type PromoteDecision } from "./changes.ts";

/** The requests of decisions that were just written, in their first round; a note calls for none, nor does what is accepted. */
export const firstRequests = (
  decisions: readonly Omit<PromoteDecision, "reason">[],
  written: readonly Pick<DecisionRow, "id" | "sequence">[],
): Request[] => {
  const sequences = new Map(written.map(({ id, sequence }) => [id, sequence]));
  return decisions.flatMap(({ id, document, rule, verdict, traceparent, priority }) => {
    if (verdict.call.kind !== "run" || !isRequested(verdict)) return [];
    const { request } = verdict.call;
    return [
      { decision: id, round: 1, sequence: sequences.get(id) ?? 0, document, rule, request, traceparent, priority },
    ];
  });
};
