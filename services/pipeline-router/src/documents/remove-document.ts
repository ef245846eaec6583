import { transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { markDirty } from "../dirty.ts";
import { appliedEvent, everyPlace, lockDocuments } from "./apply-document.ts";

/** What is in force under the name of a removed document: no rule and no tag. */
const nothing = 'datasets: ["*"]\nrules: []\ntags: []\n';

/** Takes a document out of force; its decisions end, what it has made stays. Tells whether there was one. */
export const removeDocument = ({ sql, events }: ServiceContext, name: string): Promise<boolean> =>
  transaction(sql, async (tx) => {
    await lockDocuments(tx);
    const application = v7();
    const [before] = await tx<{ owner: string; datasets: string[]; revision: number }[]>`
      select owner, datasets, revision from pipeline_router.documents where name = ${name} and not removed`;
    if (before === undefined) return false;
    const locks = { rules: {}, references: {} };
    const revision = before.revision + 1;
    await tx`
      update pipeline_router.documents set
        application = ${application}, source = ${nothing}, locks = ${JSON.stringify(locks)}, revision = ${revision},
        removed = true, applied_at = clock_timestamp()
      where name = ${name}`;
    await tx`delete from pipeline_router.offers where name = ${name}`;
    await markDirty(tx, await everyPlace(tx, before.datasets, currentTraceparent() || null));
    const { owner } = before;
    await events.emitAll(tx, [appliedEvent({ document: name, application, owner, source: nothing, locks, revision })]);
    return true;
  });
