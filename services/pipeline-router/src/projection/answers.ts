import type { Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { isSuccess, type Outcome, reasonOfOutcome } from "@rollerblade/pipeline";
import { traceparentOf } from "@rollerblade/telemetry";
import { markDirty, placeOfSlice } from "../dirty.ts";
import { newestByKey } from "./newest.ts";

const outcomes = new Map<string, Outcome>([
  ["ran", "ran"],
  ["cached", "cached"],
  ["in-place", "in-place"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
  ["superseded", "cancelled"],
]);

/** Longest reason that is kept, in characters; the scheduler has all of it. */
const maxReasonLength = 2_000;

/** A log's end may hold anything; PostgreSQL takes neither NUL nor half a surrogate pair. */
const textOf = (reason: string): string => reason.slice(0, maxReasonLength).replaceAll("\0", "").toWellFormed();

/** Takes over what became of requests; the newest answer to the newest round counts. */
export const projectAnswers = async (events: readonly Received<"task.finished">[], tx: Transaction): Promise<void> => {
  const announced = events.flatMap(({ message, cause }) => {
    const { decision, round, revision, derivatives, outcome: word } = message;
    const outcome = outcomes.get(word);
    if (decision === undefined || outcome === undefined) return [];
    const failure = isSuccess(outcome) ? null : textOf(message.reason || (word === "superseded" ? word : ""));
    const reason = reasonOfOutcome(outcome, failure);
    const made = isSuccess(outcome) ? derivatives : null;
    const traceparent = traceparentOf(cause);
    return [{ decision, round, revision: Number(revision), made, outcome, failure, reason, traceparent }];
  });
  const rows = newestByKey(announced, ({ decision, round }) => `${decision}/${round}`);
  if (rows.length === 0) return;
  const answered = await tx<{ dataset: string; subject: string | null; traceparent: string }[]>`
    update pipeline_router.decisions as decided set
      outcome = announced.outcome, failure = announced.failure, reason = announced.reason, concluded_at = now(), changed_at = now(),
      answered_round = announced.round, answer_revision = announced.revision,
      derivatives = case when announced.made is null then decided.derivatives
        else array(select json_array_elements_text(announced.made))::uuid[] end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as announced (
      decision uuid, round int, revision bigint, made json, outcome text, failure text, reason text, traceparent text)
    where decided.id = announced.decision and decided.round = announced.round
      and (decided.answered_round, decided.answer_revision) < (announced.round, announced.revision)
    returning decided.dataset, decided.subject, announced.traceparent`;
  await markDirty(
    tx,
    answered.map((row) => ({ ...placeOfSlice(row), traceparent: row.traceparent })),
  );
};
