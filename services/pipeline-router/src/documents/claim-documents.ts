import { transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import type { DocumentRow } from "../tables.gen.ts";
import { appliedEvent } from "./apply-document.ts";
import { claimName } from "./own-name.ts";

/** The row of `sweeps` that remembers that it was done. */
const sweepName = "owners";

/**
 * Gives documents that were applied before documents were owned their id in accounts, and announces once under whose rights each of
 * them is: the tagger shows nothing of a document whose owner it does not know.
 */
export const claimDocuments = async (context: ServiceContext): Promise<void> => {
  const { sql, events } = context;
  const [done] = await sql`select from pipeline_router.sweeps where name = ${sweepName}`;
  if (done !== undefined) return;
  const rows = await sql<DocumentRow[]>`select * from pipeline_router.documents where not removed order by name`;
  for (const { name, owner, origin, resource, application } of rows) {
    if (resource !== null || owner === "service") continue;
    const id = await claimName(context, { name, owner: { name: owner, admin: false }, origin }, owner);
    await sql`update pipeline_router.documents set resource = ${id} where name = ${name} and application = ${application}`;
  }
  await transaction(sql, async (tx) => {
    const current = await tx<DocumentRow[]>`select * from pipeline_router.documents where not removed for share`;
    await events.emitAll(
      tx,
      current.map(({ name, application, owner, source, locks, revision }) =>
        appliedEvent({ document: name, application, owner, source, locks: JSON.parse(locks), revision }),
      ),
    );
    await tx`
      insert into pipeline_router.sweeps (name, dataset, subject) values (${sweepName}, '', 'all') on conflict do nothing`;
  });
};
