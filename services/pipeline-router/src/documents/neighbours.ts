import type { Sql } from "@rollerblade/database";
import {
  type LockedDocument,
  type Locks,
  type PipelineDocument,
  requireNoCircle,
  requireOwnNames,
} from "@rollerblade/pipeline";
import { type Principal, readGrants } from "@rollerblade/service-kit";
import type { DocumentInForce } from "../evaluation/documents-in-force.ts";
import { actTogether, readOwnerRights } from "../evaluation/owner-rights.ts";

/** A document that is about to be applied. */
export type NewDocument = {
  readonly document: PipelineDocument;
  readonly locks: Locks;
  readonly locked: LockedDocument;
  /** Under whose rights its rules will run. */
  readonly owner: string;
};

/**
 * Refuses a document that would make what another one makes, or would start itself by way of others. Only those count that act on one
 * dataset with it, by the rights of both owners at this moment; those that the applying person may not read are not named.
 * @throws Problem `invalid`
 */
export const requireNoConflict = async (
  sql: Sql,
  { document, locks, locked, owner }: NewDocument,
  inForce: readonly DocumentInForce[],
  principal: Principal,
): Promise<void> => {
  const others = inForce.filter(({ name }) => name !== document.name);
  const rights = await readOwnerRights(sql, [owner, ...others.map((other) => other.owner)]);
  const neighbours = others.filter((other) =>
    actTogether(
      rights,
      { owner, datasets: document.datasets },
      { owner: other.owner, datasets: other.locked.document.datasets },
    ),
  );
  const grants = await readGrants(sql, principal);
  const readable = new Set(
    [...neighbours, { name: document.name, owner: principal.name }].flatMap((other) =>
      grants.all || other.owner === grants.name || grants.pipelines.includes(other.name) ? [other.name] : [],
    ),
  );
  const isNamed = (name: string): boolean => readable.has(name);
  const applied = neighbours.map(({ name, locked: of }) => ({ name, datasets: of.document.datasets, locks: of.locks }));
  requireOwnNames(document, locks, applied, isNamed);
  requireNoCircle(
    locked,
    neighbours.map((one) => one.locked),
    isNamed,
  );
};
