import type { Sql } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import { matchesDataset } from "@rollerblade/pipeline";
import type { DocumentInForce } from "./documents-in-force.ts";
import type { OwnerRights } from "./owner-rights.ts";

/** What evaluations need of their service. */
export type Evaluation = {
  readonly sql: Sql;
  readonly events: ServiceEvents;
  /** Milliseconds after which a request that nobody answered is sent again. */
  readonly patience: number;
};

/** The documents in force with where their owners may run something, as read for one evaluation. */
export type Rulebook = { readonly documents: readonly DocumentInForce[]; readonly mayRun: OwnerRights };

/** The documents that speak for a dataset, under the rights of their owners. */
export const documentsFor = ({ documents, mayRun }: Rulebook, dataset: string): DocumentInForce[] =>
  documents.filter(({ owner, locked }) => matchesDataset(locked.document.datasets, dataset) && mayRun(owner, dataset));
