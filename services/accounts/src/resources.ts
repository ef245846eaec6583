import type { GrantRole, OwnedResource } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal, Resource, ResourceKind, ServiceContext } from "@rollerblade/service-kit";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { resources } from "./schema.ts";

type Row = typeof resources.$inferSelect;

/** What changes of owners need: the tables, and to say that somebody may do more or less now. */
export type Ownership = Pick<ServiceContext, "sql" | "events">;

/**
 * Claims a name: the first who does owns it. Claiming again what is one's own changes nothing.
 * @throws Problem `conflict` when it is somebody else's, without a word on whose
 */
export const claimResource = async (at: Ownership, who: Principal, resource: Resource): Promise<Row> => {
  const { kind, name } = resource;
  const row = await transaction(at.sql, async (tx) => {
    const [made] = await tx<Row[]>`
      insert into accounts.resources (kind, name, owner) values (${kind}, ${name}, ${who.name})
      on conflict do nothing returning *`;
    if (made === undefined) return null;
    const line = { actor: who.name, action: "resource.claimed", subject: `${kind} ${name}` };
    await writeAudit(tx, line);
    const change = { principal: who.name, kind, resource: name, role: "admin", changedBy: who.name };
    await at.events.emit(tx, "grant.changed", change);
    return made;
  });
  const found = row ?? (await findResource(at.sql, resource));
  // Released between the two looks: then the name is free again.
  if (found === null) return claimResource(at, who, resource);
  if (found.owner === who.name || who.admin) return found;
  throw nameTaken(resource);
};

/** The resource, or null. */
const findResource = async (sql: Sql, { kind, name }: Resource): Promise<Row | null> => {
  const [row] = await sql<Row[]>`select * from accounts.resources where kind = ${kind} and name = ${name}`;
  return row ?? null;
};

/** The resource. @throws Problem `not-found` */
export const requireResource = async (sql: Sql, resource: Resource): Promise<Row> => {
  const row = await findResource(sql, resource);
  if (row === null) throw noSuch(resource.kind, resource.name);
  return row;
};

/** Gives a name up, with all grants on it. */
export const releaseResource = (at: Ownership, actor: string, { kind, name }: Resource): Promise<void> =>
  transaction(at.sql, async (tx) => {
    const granted = await tx<{ grantee: string }[]>`
      delete from accounts.grants where kind = ${kind} and resource = ${name} returning grantee`;
    const [gone] = await tx<Row[]>`delete from accounts.resources where kind = ${kind} and name = ${name} returning *`;
    if (gone === undefined) return;
    const details = { owner: gone.owner };
    await writeAudit(tx, { actor, action: "resource.released", subject: `${kind} ${name}`, details });
    const change = { kind, resource: name, role: "", changedBy: actor };
    const principals = [gone.owner, ...granted.map(({ grantee }) => grantee)];
    const lost = principals.map((principal) => ({
      topic: "grant.changed" as const,
      message: { ...change, principal },
    }));
    await at.events.emitAll(tx, lost);
  });

/** Makes another user the owner. @throws Problem `forbidden` for who is neither owner nor administrator, `not-found` */
export const transferResource = (at: Ownership, who: Principal, resource: Resource, to: string): Promise<Row> =>
  transaction(at.sql, async (tx) => {
    const { kind, name } = resource;
    const [before] = await tx<Row[]>`
      select * from accounts.resources where kind = ${kind} and name = ${name} for update`;
    if (before === undefined) throw noSuch(kind, name);
    if (before.owner !== who.name && !who.admin) throw ownersOnly(resource);
    const [row] = await tx<Row[]>`
      update accounts.resources set owner = (select name from accounts.users where name = ${to} and disabled_at is null)
      where kind = ${kind} and name = ${name} and exists (select from accounts.users where name = ${to} and disabled_at is null)
      returning *`;
    if (row === undefined) throw noSuchUser(to);
    const details = { from: before.owner, to };
    await writeAudit(tx, { actor: who.name, action: "resource.transferred", subject: `${kind} ${name}`, details });
    const change = { kind, resource: name, changedBy: who.name };
    await at.events.emitAll(tx, [
      { topic: "grant.changed", message: { ...change, principal: before.owner, role: "" } },
      { topic: "grant.changed", message: { ...change, principal: to, role: "admin" } },
    ]);
    return row;
  });

/** A resource, and what somebody may do with it. */
export type UsableRow = Row & { readonly role: GrantRole };

/** One page of what somebody may use, by kind and name. `after` is `kind/name`. */
export const listUsable = (
  sql: Sql,
  who: Principal,
  kind: ResourceKind | undefined,
  limit: number,
  after = "",
): Promise<UsableRow[]> =>
  sql<UsableRow[]>`
    select r.kind, r.name, r.owner, r.created_at, case when ${who.admin} then 'admin' else a.role end as role
    from accounts.resources r
    left join (
      select distinct kind, resource, role from accounts.access_v1 where principal = ${who.name} and resource is not null
    ) a on a.kind = r.kind and a.resource = r.name
    where (${who.admin} or a.role is not null)
      and (${kind ?? null}::text is null or r.kind = ${kind ?? null})
      and r.kind || '/' || r.name > ${after}
    order by r.kind || '/' || r.name limit ${limit}`;

/** A resource as it travels. */
export const resourceOf = (row: Row): OwnedResource => ({ ...row, createdAt: row.createdAt.toISOString() });

const nameTaken = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "conflict",
    message: `The name "${name}" is not available.`,
    subject: name,
    next: `Choose another name for the ${kind}.`,
  });

const ownersOnly = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "forbidden",
    message: `Only the owner may give the ${kind} "${name}" to somebody else.`,
    subject: name,
    next: "Ask the owner or an administrator.",
  });
