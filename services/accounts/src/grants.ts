import type { Grant, GrantRole } from "@rollerblade/client";
import { type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { MessageOf } from "@rollerblade/events";
import { type Resource, withPseudonyms } from "@rollerblade/service-kit";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { Ownership } from "./resources.ts";
import type { grants } from "./schema.ts";

type Row = typeof grants.$inferSelect;

/** One page of the grants on a resource, by grantee. */
export const listGrants = (sql: Sql, { kind, name }: Resource, limit: number, after = ""): Promise<Row[]> =>
  sql<Row[]>`
    select * from accounts.grants where kind = ${kind} and resource = ${name} and grantee > ${after}
    order by grantee limit ${limit}`;

/** One grant. @throws Problem `not-found` */
export const findGrant = async (sql: Sql, resource: Resource, grantee: string): Promise<Row> =>
  requireGrant(await listOne(sql, resource, grantee), grantee);

/** What a grant is, beside to whom and on what. */
export type GrantTerms = {
  readonly role: GrantRole;
  /** As ISO 8601; null for never. */
  readonly expiresAt: string | null;
  /** For people. It stands in the audit log, too, which nobody can change: labels of people in it are replaced by pseudonyms. */
  readonly reason: string;
};

/**
 * Gives a role, in place of the one that was there; the grant keeps the time of its beginning, unless it had ended. Giving the same again
 * changes nothing.
 * @throws Problem `not-found` when there is no such user or resource
 */
export const giveGrant = (
  at: Ownership,
  actor: string,
  { kind, name }: Resource,
  grantee: string,
  { role, expiresAt, reason: given }: GrantTerms,
): Promise<Row> =>
  transaction(at.sql, async (tx) => {
    const reason = withPseudonyms(given, kind === "dataset" ? name : "");
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) throw endsInPast(expiresAt);
    await requireGrantee(tx, grantee);
    // The lock keeps the resource while the grant is written.
    const [there] = await tx`select from accounts.resources where kind = ${kind} and name = ${name} for key share`;
    if (there === undefined) throw noSuch(kind, name);
    const [changed] = await tx<Row[]>`
      insert into accounts.grants (kind, resource, grantee, role, granted_by, expires_at, reason)
      values (${kind}, ${name}, ${grantee}, ${role}, ${actor}, ${expiresAt}, ${reason})
      on conflict (kind, resource, grantee) do update
        set role = excluded.role, granted_by = excluded.granted_by, expires_at = excluded.expires_at, reason = excluded.reason,
          created_at = case when grants.expires_at <= now() then now() else grants.created_at end
        where (grants.role, grants.expires_at, grants.reason) is distinct from (excluded.role, excluded.expires_at, excluded.reason)
      returning *`;
    if (changed === undefined) return requireGrant(await listOne(tx, { kind, name }, grantee), grantee);
    const details = { grantee, role, expiresAt, reason };
    await writeAudit(tx, { actor, action: "grant.given", subject: `${kind} ${name}`, details });
    await publishChange(at, tx, { kind, resource: name, role, changedBy: actor }, grantee);
    return changed;
  });

/** Takes a grant back; from the next request on it is gone. @throws Problem `not-found` */
export const revokeGrant = (at: Ownership, actor: string, { kind, name }: Resource, grantee: string): Promise<void> =>
  transaction(at.sql, async (tx) => {
    const [gone] = await tx<Row[]>`
      delete from accounts.grants where kind = ${kind} and resource = ${name} and grantee = ${grantee} returning *`;
    requireGrant(gone, grantee);
    const details = { grantee };
    await writeAudit(tx, { actor, action: "grant.revoked", subject: `${kind} ${name}`, details });
    await publishChange(at, tx, { kind, resource: name, role: "", changedBy: actor }, grantee);
  });

/** What somebody may do with something from now on; the role is empty where that is nothing. */
export type AccessChange = Omit<MessageOf<"grant.changed">, "$typeName" | "principal">;

/** Publishes the change for the grantee, and where that is a group for every person in it. */
const publishChange = async (at: Ownership, tx: Transaction, change: AccessChange, grantee: string): Promise<void> => {
  const people = grantee.startsWith(groupPrefix) ? await peopleIn(tx, grantee) : [];
  await publishAccess(at, tx, [change], [grantee, ...people]);
};

/** Publishes each of these changes for each of these people. */
export const publishAccess = async (
  at: Ownership,
  tx: Transaction,
  changes: readonly AccessChange[],
  principals: readonly string[],
): Promise<void> => {
  const messages = changes.flatMap((change) =>
    principals.map((principal) => ({ topic: "grant.changed" as const, message: { ...change, principal } })),
  );
  if (messages.length > 0) await at.events.emitAll(tx, messages);
};

/** Groups among users' names, where both may stand. */
export const groupPrefix = "group:";

/** Names of the users who are given what this grantee is given. */
export const peopleIn = async (tx: Queryable, grantee: string): Promise<string[]> => {
  const rows = await tx<{ person: string }[]>`
    select distinct person from accounts.grantees_v1 where grantee = ${grantee} order by person`;
  return rows.map(({ person }) => person);
};

/** Lets pass whom something can be granted to. @throws Problem `not-found` */
const requireGrantee = async (tx: Queryable, grantee: string): Promise<void> => {
  if (grantee === "everyone") return;
  if (grantee.startsWith(groupPrefix)) {
    const name = grantee.slice(groupPrefix.length);
    // The lock keeps the group while the grant is written.
    const [group] = await tx`select from accounts.groups where name = ${name} for key share`;
    if (group === undefined) throw noSuch("group", name);
    return;
  }
  const [person] = await tx`select from accounts.users where name = ${grantee}`;
  if (person === undefined) throw noSuchUser(grantee);
};

/** A grant as it travels. */
export const grantOf = ({ resource, ...row }: Row): Grant => ({
  ...row,
  name: resource,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
});

const listOne = async (tx: Queryable, { kind, name }: Resource, grantee: string) => {
  const [row] = await tx<Row[]>`
    select * from accounts.grants where kind = ${kind} and resource = ${name} and grantee = ${grantee}`;
  return row;
};

const requireGrant = (row: Row | undefined, grantee: string): Row => {
  if (row === undefined) throw noSuch("grant to", grantee);
  return row;
};

const endsInPast = (expiresAt: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The grant would have ended already, at ${expiresAt}.`,
    subject: "expiresAt",
    next: "Give a time to come, or none.",
  });
