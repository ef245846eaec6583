import type { Sql } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import { matchesDataset } from "@rollerblade/pipeline";
import type { Logger } from "@rollerblade/telemetry";
import type { Place } from "../dirty.ts";
import type { DocumentInForce } from "./documents-in-force.ts";
import type { OwnerRights } from "./owner-rights.ts";

/** What evaluations need of their service. */
export type Evaluation = {
  readonly sql: Sql;
  readonly events: ServiceEvents;
  readonly log: Logger;
  /** Milliseconds after which a request that nobody answered is sent again. */
  readonly patience: number;
};

/** The documents in force with where their owners may run something, as read for one evaluation. */
export type Rulebook = { readonly documents: readonly DocumentInForce[]; readonly mayRun: OwnerRights };

/** The documents that speak for a dataset, under the rights of their owners. */
export const documentsFor = ({ documents, mayRun }: Rulebook, dataset: string): DocumentInForce[] =>
  documents.filter(({ owner, locked }) => matchesDataset(locked.document.datasets, dataset) && mayRun(owner, dataset));

/** A place that cannot be evaluated must not hold up the others: it is looked at again in a minute, and an operator is told. */
export const postpone = async (
  { sql, log }: Evaluation,
  { dataset, subject }: Place,
  error: unknown,
): Promise<void> => {
  log.error(
    { err: error, dataset, subject },
    "this place could not be evaluated; it will be looked at again in a minute",
  );
  await sql`
    update pipeline_router.dirty set due_at = now() + interval '1 minute'
    where dataset = ${dataset} and subject = ${subject} and due_at <= now()`;
};
