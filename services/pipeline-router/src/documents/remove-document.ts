import { accountsRoutes } from "@rollerblade/client";
import { transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { markDirty } from "../dirty.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";
import { appliedEvent, lockDocuments, placesOf } from "./apply-document.ts";

/** What is in force under the name of a removed document: no rule and no tag. */
const nothing = 'datasets: ["*"]\nrules: []\ntags: []\n';

/** Takes a document out of force; its decisions end, what it has made stays. Tells whether there was one. */
export const removeDocument = async (context: ServiceContext, name: string, remover: string): Promise<boolean> => {
  const removed = await takeOutOfForce(context, name);
  if (removed === null) return false;
  // When this fails, the name is still its owner's, who applies and removes under it again.
  if (removed.resource !== null)
    await context.peer("accounts").call(accountsRoutes.retireResource, {
      params: { id: removed.resource },
      body: { actor: remover },
    });
  return true;
};

const takeOutOfForce = ({ sql, events }: ServiceContext, name: string): Promise<{ resource: string | null } | null> =>
  transaction(sql, async (tx) => {
    await lockDocuments(tx);
    const application = v7();
    const [before] = await tx<{ owner: string; resource: string | null; datasets: string[]; revision: number }[]>`
      select owner, resource, datasets, revision from pipeline_router.documents where name = ${name} and not removed`;
    if (before === undefined) return null;
    const locks = { rules: {}, references: {} };
    const revision = before.revision + 1;
    await tx`
      update pipeline_router.documents set
        application = ${application}, source = ${nothing}, locks = ${JSON.stringify(locks)}, revision = ${revision},
        resource = null, removed = true, applied_at = clock_timestamp()
      where name = ${name}`;
    await tx`delete from pipeline_router.offers where name = ${name}`;
    await tx`delete from pipeline_router.document_versions where document = ${name}`;
    const { owner, resource, datasets } = before;
    const rights = await readOwnerRights(sql, [owner]);
    await markDirty(tx, await placesOf(tx, { name, owner, datasets }, rights, currentTraceparent() || null));
    await events.emitAll(tx, [appliedEvent({ document: name, application, owner, source: nothing, locks, revision })]);
    return { resource };
  });
