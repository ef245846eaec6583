import type { OwnedResource, TransferOffer } from "@rollerblade/client";
import { type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal, Resource } from "@rollerblade/service-kit";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import { type Ownership, requireRoom, resourceOf } from "./resources.ts";
import type { resources } from "./schema.ts";

type ResourceRow = typeof resources.$inferSelect;
type OfferRow = Resource & { readonly offeredBy: string; readonly offeredTo: string; readonly offeredAt: Date };

/**
 * Offers somebody else to become the owner, in place of an earlier offer. An administrator makes them the owner at once, for example of what
 * somebody has who left.
 * @throws Problem `forbidden` for who is neither owner nor administrator, `not-found`
 */
export const transferResource = (
  at: Ownership,
  who: Principal,
  resource: Resource,
  to: string,
): Promise<OwnedResource & { readonly offeredTo: string | null }> =>
  transaction(at.sql, async (tx) => {
    const row = await lockResource(tx, resource);
    if (row.owner !== who.name && !who.admin) throw ownersOnly(resource);
    const [person] = await tx`select from accounts.users where name = ${to} and disabled_at is null`;
    if (person === undefined) throw noSuchUser(to);
    if (row.owner === to) return { ...resourceOf(row), offeredTo: null };
    if (who.admin) return { ...resourceOf(await changeOwner(at, tx, who.name, row, to)), offeredTo: null };
    await tx`
      insert into accounts.transfer_offers (resource_id, offered_by, offered_to) values (${row.id}, ${who.name}, ${to})
      on conflict (resource_id) do update
        set offered_by = excluded.offered_by, offered_to = excluded.offered_to, offered_at = now()`;
    await writeAudit(tx, {
      actor: who.name,
      action: "transfer.offered",
      subject: subjectOf(resource),
      details: { to },
    });
    return { ...resourceOf(row), offeredTo: to };
  });

/** Makes whoever accepts the owner. @throws Problem `not-found` where nothing was offered to them, `too-many-requests` */
export const acceptTransfer = (
  at: Ownership,
  who: Principal,
  resource: Resource,
  maxNames: number,
): Promise<ResourceRow> =>
  transaction(at.sql, async (tx) => {
    const offer = await requireOffer(tx, resource, (found) => found.offeredTo === who.name);
    if (!who.admin) await requireRoom(tx, who.name, maxNames);
    const row = await lockResource(tx, resource);
    // Somebody who is not the owner any more had nothing to offer.
    if (row.owner !== offer.offeredBy) throw noOffer(resource);
    await writeAudit(tx, { actor: who.name, action: "transfer.accepted", subject: subjectOf(resource) });
    return changeOwner(at, tx, who.name, row, who.name);
  });

/** Declines an offer, or takes one's own back. @throws Problem `not-found` */
export const endTransfer = ({ sql }: Ownership, who: Principal, resource: Resource): Promise<void> =>
  transaction(sql, async (tx) => {
    const own = ({ offeredBy, offeredTo }: OfferRow) => offeredTo === who.name || offeredBy === who.name;
    const offer = await requireOffer(tx, resource, (found) => who.admin || own(found));
    await tx`
      delete from accounts.transfer_offers using accounts.resources resource
      where resource.id = resource_id and resource.kind = ${resource.kind} and resource.name = ${resource.name}`;
    const action = offer.offeredTo === who.name ? "transfer.declined" : "transfer.withdrawn";
    const details = { from: offer.offeredBy, to: offer.offeredTo };
    await writeAudit(tx, { actor: who.name, action, subject: subjectOf(resource), details });
  });

/** One page of the offers to and of somebody, of everybody's for administrators. `after` is `kind/name`. */
export const listTransfers = (sql: Sql, who: Principal, limit: number, after = ""): Promise<OfferRow[]> =>
  sql<OfferRow[]>`
    select resource.kind, resource.name, offered_by, offered_to, offered_at
    from accounts.transfer_offers join accounts.resources resource on resource.id = resource_id
    where (${who.admin} or offered_by = ${who.name} or offered_to = ${who.name})
      and resource.owner = offered_by and resource.kind || '/' || resource.name > ${after}
    order by resource.kind || '/' || resource.name limit ${limit}`;

/** An offer as it travels. */
export const transferOfferOf = ({ offeredAt, ...row }: OfferRow): TransferOffer => ({
  ...row,
  offeredAt: offeredAt.toISOString(),
});

const changeOwner = async (
  at: Ownership,
  tx: Transaction,
  actor: string,
  before: ResourceRow,
  to: string,
): Promise<ResourceRow> => {
  const { kind, name } = before;
  const [row] = await tx<
    ResourceRow[]
  >`update accounts.resources set owner = ${to} where id = ${before.id} returning *`;
  if (row === undefined) throw noSuch(kind, name);
  await tx`delete from accounts.transfer_offers where resource_id = ${before.id}`;
  const details = { from: before.owner, to };
  await writeAudit(tx, { actor, action: "resource.transferred", subject: subjectOf(before), details });
  const change = { kind, resource: name, changedBy: actor };
  await at.events.emitAll(tx, [
    { topic: "grant.changed", message: { ...change, principal: before.owner, role: "" } },
    { topic: "grant.changed", message: { ...change, principal: to, role: "owner" } },
  ]);
  return row;
};

const lockResource = async (tx: Transaction, { kind, name }: Resource): Promise<ResourceRow> => {
  const [row] = await tx<ResourceRow[]>`
    select * from accounts.resources where kind = ${kind} and name = ${name} for update`;
  if (row === undefined) throw noSuch(kind, name);
  return row;
};

const requireOffer = async (
  tx: Queryable,
  resource: Resource,
  mine: (offer: OfferRow) => boolean,
): Promise<OfferRow> => {
  const [offer] = await tx<OfferRow[]>`
    select resource.kind, resource.name, offered_by, offered_to, offered_at
    from accounts.transfer_offers join accounts.resources resource on resource.id = resource_id
    where resource.kind = ${resource.kind} and resource.name = ${resource.name}`;
  if (offer === undefined || !mine(offer)) throw noOffer(resource);
  return offer;
};

const subjectOf = ({ kind, name }: Resource): string => `${kind} ${name}`;

/** Also where something is offered to somebody else: that is nobody's business. */
const noOffer = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "not-found",
    message: `No ${kind} "${name}" is offered to you.`,
    subject: name,
    next: "List the offers with `rollerblade transfer list`.",
  });

const ownersOnly = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "forbidden",
    message: `Only the owner may give the ${kind} "${name}" to somebody else.`,
    subject: name,
    next: "Ask the owner or an administrator.",
  });
