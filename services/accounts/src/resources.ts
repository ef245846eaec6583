import type { OwnedResource, UsableRole } from "@rollerblade/client";
import { lockInTransaction, type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import {
  type Principal,
  type Resource,
  type ResourceKind,
  requireWithinLimits,
  type ServiceContext,
} from "@rollerblade/service-kit";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { resources } from "./schema.ts";

type Row = typeof resources.$inferSelect;

/** What changes of owners need: the tables, and to say that somebody may do more or less now. */
export type Ownership = Pick<ServiceContext, "sql"> & {
  readonly events: Pick<ServiceContext["events"], "emit" | "emitAll">;
};

/**
 * Claims a name: the first who does owns it. Claiming again what is one's own changes nothing.
 * @throws Problem `conflict` when it is somebody else's, without a word on whose
 */
export const claimResource = async (
  at: Ownership,
  who: Principal,
  resource: Resource,
  maxNames: number,
): Promise<Row> => {
  requireName(resource);
  requireWithinLimits(who, resource);
  const found =
    (await findResource(at.sql, resource)) ??
    (await transaction(at.sql, (tx) => claim(at, tx, who, resource, maxNames)));
  if (found.owner === who.name || who.admin) return found;
  throw nameTaken(resource);
};

/** Makes the resource, or finds the one that somebody else has made meanwhile. */
const claim = async (
  at: Ownership,
  tx: Transaction,
  who: Principal,
  resource: Resource,
  maxNames: number,
): Promise<Row> => {
  const { kind, name } = resource;
  await lockName(tx, resource);
  const known = await findResource(tx, resource);
  if (known !== null) return known;
  const [person] = await tx`select from accounts.users where name = ${who.name} and disabled_at is null`;
  if (person === undefined) throw noSuchUser(who.name);
  if (!who.admin) await requireRoom(tx, who.name, maxNames);
  const [retired] = await tx<{ owner: string }[]>`
    select owner from accounts.retired_names where kind = ${kind} and name = ${name}`;
  if (retired !== undefined && retired.owner !== who.name && !who.admin) throw nameTaken(resource);
  const [made] = await tx<Row[]>`
    insert into accounts.resources (kind, name, owner, reused)
    values (${kind}, ${name}, ${who.name}, ${retired !== undefined}) returning *`;
  if (made === undefined) throw new Error(`The ${kind} ${name} was not inserted.`);
  const details = { id: made.id };
  await writeAudit(tx, { actor: who.name, action: "resource.claimed", subject: `${kind} ${name}`, details });
  const change = { principal: who.name, kind, resource: name, role: "owner", changedBy: who.name };
  await at.events.emit(tx, "grant.changed", change);
  return made;
};

/** One person claims one name after the other, so that many at once do not pass the limit. @throws Problem `too-many-requests` */
export const requireRoom = async (tx: Transaction, owner: string, maxNames: number): Promise<void> => {
  await lockInTransaction(tx, `accounts names of ${owner}`);
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from accounts.resources where owner = ${owner}`;
  if ((row?.count ?? 0) < maxNames) return;
  throw new Problem({
    code: "too-many-requests",
    message: `You own ${maxNames} datasets, analyses, assets, documents and queries, and may not own more.`,
    next: "Delete one that is not needed, or ask for a higher ROLLERBLADE_ACCOUNTS_NAMES_PER_PERSON.",
  });
};

/** Names are claimed and retired one after the other, so that a claim never misses that the name has just been retired. */
const lockName = (tx: Transaction, { kind, name }: Resource): Promise<void> =>
  lockInTransaction(tx, `accounts name ${kind}/${name}`);

/** The resource, or null. */
const findResource = async (sql: Queryable, { kind, name }: Resource): Promise<Row | null> => {
  const [row] = await sql<Row[]>`select * from accounts.resources where kind = ${kind} and name = ${name}`;
  return row ?? null;
};

/** Reads a resource by its kind and name. @throws Problem `not-found` */
export const requireResource = async (sql: Sql, resource: Resource): Promise<Row> => {
  const row = await findResource(sql, resource);
  if (row === null) throw noSuch(resource.kind, resource.name);
  return row;
};

/**
 * Retires the name of something that was deleted, with all grants on it. It goes by the id: what has taken the name meanwhile is not
 * touched, and doing it again changes nothing.
 */
export const retireResource = (at: Ownership, actor: string, id: string): Promise<void> =>
  transaction(at.sql, async (tx) => {
    const [found] = await tx<Row[]>`select * from accounts.resources where id = ${id}`;
    if (found === undefined) return;
    const { kind, name } = found;
    await lockName(tx, found);
    const granted = await tx<{ grantee: string }[]>`
      delete from accounts.grants using accounts.resources resource
      where resource.id = ${id} and grants.kind = resource.kind and grants.resource = resource.name returning grantee`;
    const [gone] = await tx<Row[]>`delete from accounts.resources where id = ${id} returning *`;
    if (gone === undefined) return;
    await tx`
      insert into accounts.retired_names (kind, name, id, owner) values (${kind}, ${name}, ${id}, ${gone.owner})
      on conflict (kind, name) do update set id = excluded.id, owner = excluded.owner, retired_at = now()`;
    const details = { id, owner: gone.owner };
    await writeAudit(tx, { actor, action: "resource.released", subject: `${kind} ${name}`, details });
    const change = { kind, resource: name, role: "", changedBy: actor };
    const principals = [gone.owner, ...granted.map(({ grantee }) => grantee)];
    const lost = principals.map((principal) => ({
      topic: "grant.changed" as const,
      message: { ...change, principal },
    }));
    await at.events.emitAll(tx, lost);
  });

/** A resource, and what somebody may do with it. */
export type UsableRow = Row & { readonly role: UsableRole };

/**
 * One page of what somebody may use, by kind and name, of what `asker` is admin of where that is somebody else. `after` is `kind/name`.
 */
export const listUsable = (
  sql: Sql,
  asker: Principal,
  who: Principal,
  kind: ResourceKind | undefined,
  limit: number,
  after = "",
): Promise<UsableRow[]> =>
  sql<UsableRow[]>`
    select r.id, r.kind, r.name, r.owner, r.reused, r.created_at, case when ${who.admin} then 'admin' else a.role end as role
    from accounts.resources r
    left join (
      select distinct kind, resource, role from accounts.access_v1 where principal = ${who.name} and resource is not null
    ) a on a.kind = r.kind and a.resource = r.name
    where (${who.admin} or a.role is not null)
      and (${asker.limits === undefined} or exists (
        select from accounts.token_resources_v1 as limits
        where limits.token = ${asker.limits?.token ?? null} and limits.kind = r.kind and limits.name = r.name))
      and (${asker.admin || asker.name === who.name} or exists (
        select from accounts.access_v1 own
        where own.principal = ${asker.name} and own.kind = r.kind and own.resource = r.name and own.role in ('admin', 'owner')))
      and (${kind ?? null}::text is null or r.kind = ${kind ?? null})
      and r.kind || '/' || r.name > ${after}
    order by r.kind || '/' || r.name limit ${limit}`;

/** A resource as it travels. */
export const resourceOf = ({ reused: _, ...row }: Row): OwnedResource => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
});

/** Only documents may have dots in their names. @throws Problem `invalid` */
const requireName = ({ kind, name }: Resource): void => {
  if (kind === "pipeline" || !name.includes(".")) return;
  throw new Problem({
    code: "invalid",
    message: `"${name}" cannot be the name of a ${kind}: 1 to 63 letters, digits, - and _, a letter or digit first.`,
    subject: name,
    next: "Choose another name.",
  });
};

const nameTaken = ({ kind, name }: Resource): Problem =>
  new Problem({
    code: "conflict",
    message: `The name "${name}" is not available.`,
    subject: name,
    next: `Choose another name for the ${kind}.`,
  });
