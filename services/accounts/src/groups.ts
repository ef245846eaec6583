import type { Group, GroupMember } from "@rollerblade/client";
import {
  isDuplicate,
  lockInTransaction,
  type Queryable,
  type Sql,
  type Transaction,
  transaction,
} from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal } from "@rollerblade/service-kit";
import { writeAudit } from "./audit.ts";
import { type AccessChange, groupPrefix, peopleIn, publishAccess } from "./grants.ts";
import { forAdministrators, noSuch, noSuchUser } from "./problems.ts";
import type { Ownership } from "./resources.ts";
import type { groupMembers, groups } from "./schema.ts";

type GroupRow = typeof groups.$inferSelect;
type MemberRow = typeof groupMembers.$inferSelect;

/** Members of one group, so that a change of it publishes a bounded number of events. */
const maxMembers = 1_000;

/** Groups that one person may own. */
const maxGroups = 200;

/** One page of the groups that somebody owns or is in, by name; of all for administrators. */
export const listGroups = (sql: Sql, who: Principal, limit: number, after = ""): Promise<GroupRow[]> =>
  sql<GroupRow[]>`
    select * from accounts.groups
    where name > ${after} and (${who.admin} or owner = ${who.name} or 'group:' || name in (
      select grantee from accounts.grantees_v1 where person = ${who.name}))
    order by name limit ${limit}`;

/**
 * Reads a group by its name.
 * @throws Problem `not-found`, also for somebody who neither owns it nor is in it: names of groups are not for everybody
 */
export const requireGroup = async (sql: Queryable, who: Principal, name: string): Promise<GroupRow> => {
  const [row] = await sql<GroupRow[]>`
    select * from accounts.groups
    where name = ${name} and (${who.admin} or owner = ${who.name} or exists (
      select from accounts.grantees_v1 where person = ${who.name} and grantee = ${groupPrefix + name}))`;
  if (row === undefined) throw noSuch("group", name);
  return row;
};

/** The group, locked, for who changes it. @throws Problem `not-found`, `forbidden` for members */
const requireOwnGroup = async (tx: Transaction, who: Principal, name: string): Promise<GroupRow> => {
  await requireGroup(tx, who, name);
  const [row] = await tx<GroupRow[]>`select * from accounts.groups where name = ${name} for update`;
  if (row === undefined) throw noSuch("group", name);
  if (row.owner !== who.name && !who.admin) throw ownersOnly(name);
  return row;
};

/** Makes a group. @throws Problem `conflict` when the name or the claim is taken, `forbidden` for a claim by somebody who is not an administrator */
export const createGroup = async (
  sql: Sql,
  who: Principal,
  wanted: Pick<GroupRow, "name" | "displayName" | "claim">,
): Promise<GroupRow> => {
  if (wanted.claim !== null && !who.admin) throw forAdministrators();
  try {
    return await transaction(sql, async (tx) => {
      if (!who.admin) await requireRoom(tx, who.name);
      const row = { ...wanted, owner: who.name };
      const [made] = await tx<
        [GroupRow]
      >`insert into accounts.groups ${tx(row, "name", "displayName", "claim", "owner")} returning *`;
      const details = { claim: wanted.claim };
      await writeAudit(tx, { actor: who.name, action: "group.created", subject: `group ${wanted.name}`, details });
      return made;
    });
  } catch (error) {
    if (isDuplicate(error)) throw taken(wanted.name, error);
    throw error;
  }
};

const requireRoom = async (tx: Transaction, owner: string): Promise<void> => {
  await lockInTransaction(tx, `accounts groups of ${owner}`);
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from accounts.groups where owner = ${owner}`;
  if ((row?.count ?? 0) < maxGroups) return;
  throw new Problem({
    code: "too-many-requests",
    message: `You own ${maxGroups} groups, and may not own more.`,
    next: "Delete one that is not needed.",
  });
};

/** What may be changed of a group. */
export type GroupChange = {
  readonly displayName?: string | undefined;
  readonly owner?: string | undefined;
  readonly claim?: string | null | undefined;
};

/** Changes a group; with another claim those whom the claim before has made members leave. @throws Problem `not-found`, `forbidden`, `conflict` */
export const changeGroup = async (
  at: Ownership,
  who: Principal,
  name: string,
  change: GroupChange,
): Promise<GroupRow> => {
  if (change.claim !== undefined && !who.admin) throw forAdministrators();
  try {
    return await transaction(at.sql, async (tx) => {
      const before = await requireOwnGroup(tx, who, name);
      const { displayName = before.displayName, owner = before.owner, claim = before.claim } = change;
      const [person] = await tx`select from accounts.users where name = ${owner} and disabled_at is null`;
      if (owner !== before.owner && person === undefined) throw noSuchUser(owner);
      const [row] = await tx<[GroupRow]>`
        update accounts.groups set display_name = ${displayName}, owner = ${owner}, claim = ${claim}
        where name = ${name} returning *`;
      if (claim !== before.claim) await endClaim(at, tx, who.name, name);
      const details = { displayName, owner, claim };
      await writeAudit(tx, { actor: who.name, action: "group.changed", subject: `group ${name}`, details });
      return row;
    });
  } catch (error) {
    if (isDuplicate(error)) throw taken(name, error);
    throw error;
  }
};

/** Deletes a group with the grants to it, and takes it out of the groups that it is in. @throws Problem `not-found`, `forbidden` */
export const deleteGroup = (at: Ownership, who: Principal, name: string): Promise<void> =>
  transaction(at.sql, async (tx) => {
    await requireOwnGroup(tx, who, name);
    await lockNesting(tx);
    const grantee = groupPrefix + name;
    const lost = await grantedTo(tx, grantee);
    const people = await peopleIn(tx, grantee);
    await tx`delete from accounts.grants where grantee = ${grantee}`;
    await tx`delete from accounts.group_members where member = ${grantee}`;
    await tx`delete from accounts.groups where name = ${name}`;
    await writeAudit(tx, { actor: who.name, action: "group.deleted", subject: `group ${name}` });
    await publishAccess(at, tx, changesOf(lost, who.name, false), [grantee, ...people]);
  });

/** One page of a group's members, by name. */
export const listMembers = (sql: Sql, name: string, limit: number, after = ""): Promise<MemberRow[]> =>
  sql<MemberRow[]>`
    select * from accounts.group_members where group_name = ${name} and member > ${after}
    order by member limit ${limit}`;

/**
 * Adds a user or a group, from the next request on. Somebody whom the issuer's claim has added stays from then on whatever the claim says.
 * @throws Problem `not-found`, `forbidden`, `invalid` for a group that would be nested twice
 */
export const addMember = (at: Ownership, who: Principal, name: string, member: string): Promise<MemberRow> =>
  transaction(at.sql, async (tx) => {
    await requireOwnGroup(tx, who, name);
    if (member.startsWith(groupPrefix)) await requireNestable(tx, who, name, member);
    else await requireUser(tx, member);
    const [count] = await tx<{ count: number }[]>`
      select count(*)::int as count from accounts.group_members where group_name = ${name} and member <> ${member}`;
    if ((count?.count ?? 0) >= maxMembers) throw full(name);
    const [row] = await tx<[MemberRow & { readonly fresh: boolean }]>`
      insert into accounts.group_members (group_name, member, added_by) values (${name}, ${member}, ${who.name})
      on conflict (group_name, member) do update set source = 'local'
      returning *, xmax = 0 as fresh`;
    if (row.fresh) await announce(at, tx, who.name, { name, member, added: true });
    return row;
  });

/** Takes a member out, from the next request on. @throws Problem `not-found`, `forbidden` for who is neither the owner nor leaves */
export const removeMember = (at: Ownership, who: Principal, name: string, member: string): Promise<void> =>
  transaction(at.sql, async (tx) => {
    if (member === who.name) await requireGroup(tx, who, name);
    else await requireOwnGroup(tx, who, name);
    // Who is lost is known only while the member is there.
    const people = await peopleBehind(tx, member);
    const [gone] = await tx`
      delete from accounts.group_members where group_name = ${name} and member = ${member} returning member`;
    if (gone === undefined) throw noSuch("member", member);
    await announce(at, tx, who.name, { name, member, added: false, people });
  });

/**
 * Makes somebody a member of exactly the groups that the values of an issuer's claim name (`uni:/neuro/staff`), beside those that they were added
 * to here or by other issuers.
 */
export const followClaim = (at: Ownership, person: string, issuer: string, values: readonly string[]): Promise<void> =>
  transaction(at.sql, async (tx) => {
    await lockInTransaction(tx, `accounts claim of ${person}`);
    const own = values.filter((value) => value.startsWith(`${issuer}:`));
    const gone = await tx<{ name: string }[]>`
      delete from accounts.group_members where member = ${person} and source = 'claim' and group_name in (
        select name from accounts.groups
        where starts_with(claim, ${`${issuer}:`}) and claim <> all(${own}::text[]))
      returning group_name as name`;
    const come = await tx<{ name: string }[]>`
      insert into accounts.group_members (group_name, member, source, added_by)
      select name, ${person}, 'claim', 'service' from accounts.groups where claim = any(${own}::text[])
      on conflict (group_name, member) do nothing returning group_name as name`;
    for (const { name } of gone) await announce(at, tx, "service", { name, member: person, added: false });
    for (const { name } of come) await announce(at, tx, "service", { name, member: person, added: true });
  });

/** Takes everybody out whom a claim has made a member, of whatever issuer: it is not the group's any more. */
const endClaim = async (at: Ownership, tx: Transaction, actor: string, name: string): Promise<void> => {
  const gone = await tx<{ member: string }[]>`
    delete from accounts.group_members where group_name = ${name} and source = 'claim' returning member`;
  for (const { member } of gone) await announce(at, tx, actor, { name, member, added: false });
};

/** Takes somebody out of all groups that a claim has put them into; those who sign in again come back. */
export const endClaimsOf = async (at: Ownership, tx: Transaction, actor: string, person: string): Promise<void> => {
  const gone = await tx<{ name: string }[]>`
    delete from accounts.group_members where member = ${person} and source = 'claim' returning group_name as name`;
  for (const { name } of gone) await announce(at, tx, actor, { name, member: person, added: false });
};

type MemberChange = {
  readonly name: string;
  readonly member: string;
  readonly added: boolean;
  /** Users whom it is about. @default those behind the member */
  readonly people?: readonly string[];
};

/** Writes who came or went, and publishes what that lets people do or no longer do. */
const announce = async (at: Ownership, tx: Transaction, actor: string, change: MemberChange): Promise<void> => {
  const { name, member, added, people = await peopleBehind(tx, member) } = change;
  const action = added ? "group.member-added" : "group.member-removed";
  await writeAudit(tx, { actor, action, subject: `group ${name}`, details: { member } });
  const around = await tx<{ name: string }[]>`
    select group_name as name from accounts.group_members where member = ${groupPrefix + name}`;
  const granted = [];
  for (const one of [name, ...around.map((row) => row.name)]) granted.push(...(await grantedTo(tx, groupPrefix + one)));
  await publishAccess(at, tx, changesOf(granted, actor, added), people);
};

/** The users behind a member: itself, or who is in that group. */
const peopleBehind = (tx: Queryable, member: string): Promise<string[]> | string[] =>
  member.startsWith(groupPrefix) ? peopleIn(tx, member) : [member];

type GrantedRole = { readonly kind: string; readonly resource: string; readonly role: string };

const grantedTo = (tx: Queryable, grantee: string): Promise<GrantedRole[]> =>
  tx<GrantedRole[]>`select kind, resource, role from accounts.grants where grantee = ${grantee}`;

const changesOf = (granted: readonly GrantedRole[], changedBy: string, added: boolean): AccessChange[] =>
  granted.map(({ kind, resource, role }) => ({ kind, resource, role: added ? role : "", changedBy }));

/** Groups are put into each other one after the other, so that two at once do not make a third level. */
const lockNesting = (tx: Transaction): Promise<void> => lockInTransaction(tx, "accounts nesting of groups");

/** Lets pass a group that the person knows, that holds users only, into a group that is in no other. */
const requireNestable = async (tx: Transaction, who: Principal, name: string, member: string): Promise<void> => {
  await lockNesting(tx);
  await requireGroup(tx, who, member.slice(groupPrefix.length));
  const [deep] = await tx`
    select from accounts.group_members
    where group_name = ${member.slice(groupPrefix.length)} and member like 'group:%' or member = ${groupPrefix + name} limit 1`;
  if (deep === undefined && member !== groupPrefix + name) return;
  throw new Problem({
    code: "invalid",
    message: `The group "${member.slice(groupPrefix.length)}" cannot be put into "${name}": groups are nested once.`,
    subject: member,
    next: "Put a group whose members are all users into one that is in no other.",
  });
};

const requireUser = async (tx: Queryable, name: string): Promise<void> => {
  const [person] = await tx`select from accounts.users where name = ${name} and disabled_at is null`;
  if (person === undefined) throw noSuchUser(name);
};

/** A group as it travels. */
export const groupOf = (row: GroupRow): Group => ({ ...row, createdAt: row.createdAt.toISOString() });

/** A member as it travels. */
export const memberOf = ({ member, source, addedBy, addedAt }: MemberRow): GroupMember => ({
  member,
  source,
  addedBy,
  addedAt: addedAt.toISOString(),
});

const ownersOnly = (name: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `Only its owner may change the group "${name}".`,
    subject: name,
    next: "Ask the owner or an administrator.",
  });

const taken = (name: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "conflict",
      message: `The name "${name}" is not available, or another group has this claim.`,
      subject: name,
      next: "Choose another name or claim for the group.",
    },
    { cause },
  );

const full = (name: string): Problem =>
  new Problem({
    code: "too-many-requests",
    message: `The group "${name}" has ${maxMembers} members, and may not have more.`,
    subject: name,
    next: "Put some of them into a group of their own, and that into this one.",
  });
