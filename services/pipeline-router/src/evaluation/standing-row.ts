import type { Level, SliceRef } from "@rollerblade/abids/facts";
import type { Outcome, Progress, Standing } from "@rollerblade/pipeline";

/** A decision in force as it is read for an evaluation. */
export type StandingRow = {
  readonly id: string;
  readonly document: string;
  readonly rule: string;
  readonly level: Level;
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
  readonly key: string | null;
  readonly outcome: Outcome | null;
  readonly progress: Progress;
  readonly reason: string;
  readonly derivatives: readonly string[] | null;
  readonly failure: string | null;
  readonly restarts: number;
  readonly application: string;
  readonly round: number;
  readonly sends: number;
  readonly sequence: number | null;
  readonly askedAt: Date | null;
  readonly traceparent: string | null;
};

/** A decision in force with what only the store needs of it. */
export type StoredStanding = Standing & { readonly row: StandingRow };

/** The decision as the pipeline library sees it. */
export const standingOf = (row: StandingRow): StoredStanding => {
  const { rule, key, outcome, progress, reason, derivatives, failure, restarts } = row;
  return { rule, slice: sliceOf(row), key, outcome, progress, reason, derivatives, failure, restarts, row };
};

/** The slice of a row that names its parts. */
export const sliceOf = ({ level, dataset, subject, session, scan }: SliceRef): SliceRef => ({
  level,
  dataset,
  subject,
  session,
  scan,
});
