import type { SliceRef } from "@rollerblade/abids/facts";
import type { Standing } from "@rollerblade/pipeline";
import type { DecisionRow } from "../tables.gen.ts";

/** A decision in force as it is read for an evaluation. */
export type StandingRow = Pick<
  DecisionRow,
  | ("id" | "document" | "rule" | "level" | "dataset" | "subject" | "session" | "scan" | "key" | "outcome" | "progress")
  | (
      | "reason"
      | "derivatives"
      | "failure"
      | "restarts"
      | "application"
      | "round"
      | "sends"
      | "sequence"
      | "askedAt"
      | "startedAt"
    )
  | "traceparent"
>;

/** A decision in force with what only the store needs of it. */
export type StoredStanding = Standing & { readonly row: StandingRow };

/** The decision as the pipeline library sees it. */
export const standingOf = (row: StandingRow): StoredStanding => {
  const { rule, key, outcome, progress, reason, derivatives, failure, restarts } = row;
  const startedAt = row.startedAt?.getTime() ?? null;
  return { rule, slice: sliceOf(row), key, outcome, progress, reason, derivatives, failure, restarts, startedAt, row };
};

/** The slice of a row that names its parts. */
export const sliceOf = ({ level, dataset, subject, session, scan }: SliceRef): SliceRef => ({
  level,
  dataset,
  subject,
  session,
  scan,
});
