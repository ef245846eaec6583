import type { Sql } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import { matchesDataset } from "@rollerblade/pipeline";
import { type Counter, counter, durations, type Histogram, type Logger, type Registry } from "@rollerblade/telemetry";
import type { Place } from "../dirty.ts";
import type { DocumentInForce } from "./documents-in-force.ts";
import type { OwnerRights } from "./owner-rights.ts";

/** What is measured of evaluations. */
export type EvaluationMetrics = {
  /** By `of`: `subjects` (all that one transaction took) or `dataset`. */
  readonly durations: Histogram<"of">;
  /** By document and rule. */
  readonly requests: Counter<"document" | "rule">;
  /** Places that could not be evaluated. */
  readonly faults: Counter;
};

/** The metrics of one router. */
export const evaluationMetrics = (registry: Registry): EvaluationMetrics => ({
  durations: durations(registry, "rollerblade_evaluation_seconds", "Duration of one evaluation.", ["of"]),
  requests: counter(registry, "rollerblade_rule_requests_total", "Slices asked for by rules.", ["document", "rule"]),
  faults: counter(registry, "rollerblade_evaluation_faults_total", "Places that could not be evaluated."),
});

/** What evaluations need of their service. */
export type Evaluation = {
  readonly sql: Sql;
  readonly events: ServiceEvents;
  readonly log: Logger;
  readonly metrics: EvaluationMetrics;
  /** Milliseconds after which a request that nobody answered is sent again. */
  readonly overdueMs: number;
  /** Starts of one rule at one slice within an hour, beyond which it is stopped for a while. */
  readonly startsPerHour: number;
};

/** The documents in force with where their owners may run something, as read for one evaluation. */
export type Rulebook = { readonly documents: readonly DocumentInForce[]; readonly rights: OwnerRights };

/** The documents that speak for a dataset, under the rights of their owners. */
export const documentsFor = ({ documents, rights }: Rulebook, dataset: string): DocumentInForce[] =>
  documents.filter(
    ({ owner, locked }) => matchesDataset(locked.document.datasets, dataset) && rights.mayRun(owner, dataset),
  );

/** A place that cannot be evaluated must not hold up the others: it is looked at again in a minute, and an operator is lastChange. */
export const postpone = async (
  { sql, log, metrics }: Evaluation,
  { dataset, subject }: Place,
  error: unknown,
): Promise<void> => {
  metrics.faults.inc();
  log.error(
    // Without the person, whom nobody would erase from the log; the row in `dirty` tells who it is.
    { err: error, dataset },
    "a place could not be evaluated; it will be looked at again in a minute",
  );
  await sql`
    update pipeline_router.dirty set due_at = now() + interval '1 minute'
    where dataset = ${dataset} and subject = ${subject} and due_at <= now()`;
};
