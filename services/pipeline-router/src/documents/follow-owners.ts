import type { Sql, Transaction } from "@rollerblade/database";
import type { Received, ServiceEvents } from "@rollerblade/events";
import type { Locks } from "@rollerblade/pipeline";
import { traceparentOf } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { markDirty } from "../dirty.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";
import { appliedEvent, lockDocuments, placesOf } from "./apply-document.ts";

type MovedRow = {
  readonly name: string;
  readonly owner: string;
  readonly source: string;
  readonly datasets: string[];
  readonly locks: string;
  readonly revision: number;
};

/**
 * Puts documents that were given to somebody else in force again as they are, under the rights of their new owners: from then on their rules
 * act and their tags show where these may. Accounts says who owns what by its id, so neither the order of the events matters nor who claims
 * the name of a document that has none.
 */
export const followOwners =
  (sql: Sql, events: Pick<ServiceEvents, "emitAll">) =>
  async (received: readonly Received<"grant.changed">[], tx: Transaction): Promise<void> => {
    const changes = received.filter(({ message: { kind, role } }) => kind === "pipeline" && role === "owner");
    const last = changes.at(-1);
    if (last === undefined) return;
    await lockDocuments(tx);
    const moved = await tx<MovedRow[]>`
      select known.name, owned.owner, known.source, known.datasets, known.locks, known.revision
      from pipeline_router.documents known join accounts.resources_v1 owned on owned.id = known.resource
      where known.name = any(${changes.map(({ message }) => message.resource)}::text[])
        and not known.removed and owned.owner <> known.owner
      order by known.name`;
    const rights = await readOwnerRights(
      sql,
      moved.map(({ owner }) => owner),
    );
    for (const { name, owner, source, datasets, ...row } of moved) {
      const [application, revision, traceparent] = [v7(), row.revision + 1, traceparentOf(last.cause)];
      const locks: Locks = JSON.parse(row.locks);
      await tx`
        update pipeline_router.documents set
          application = ${application}, owner = ${owner}, revision = ${revision}, traceparent = ${traceparent}, applied_at = clock_timestamp()
        where name = ${name}`;
      for (const rule of Object.keys(locks.rules))
        await tx`
          insert into pipeline_router.runs (id, application, document, rule) values (${v7()}, ${application}, ${name}, ${rule})`;
      await markDirty(tx, await placesOf(tx, { name, owner, datasets }, rights, traceparent));
      await events.emitAll(tx, [appliedEvent({ document: name, application, owner, source, locks, revision })]);
    }
  };
