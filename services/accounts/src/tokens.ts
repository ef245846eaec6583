import type { TokenInfo, TokenScope } from "@rollerblade/client";
import { insertRecords, type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { hashToken, newToken, type Principal, type Resource } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { tokens } from "./schema.ts";
import { tokenResourcesTable } from "./tables.gen.ts";

/** A token, with what it is limited to; `resources` is null where it is not limited. */
type Row = Omit<typeof tokens.$inferSelect, "hash" | "idleSeconds" | "limited"> & {
  readonly resources: readonly Resource[] | null;
};

/** The columns of {@link Row}, of `accounts.tokens as token`. */
const columns = (sql: Queryable) => sql`
  token.id, token.user_name, token.label, token.kind, token.scope, token.created_at, token.expires_at, token.used_at, token.revoked_at,
  case when token.limited then coalesce(
    (select jsonb_agg(jsonb_build_object('kind', limits.kind, 'name', limits.name) order by limits.kind, limits.name)
      from accounts.token_resources_v1 as limits where limits.token = token.id), '[]') end as resources`;

/** One page of a user's tokens, oldest first. */
export const listTokens = (sql: Sql, user: string, limit: number, after: string | undefined): Promise<Row[]> =>
  sql<Row[]>`
    select ${columns(sql)} from accounts.tokens as token
    where user_name = ${user} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit ${limit}`;

/** What a new token is for. */
export type TokenRequest = {
  readonly user: string;
  readonly label: string;
  readonly scope: TokenScope;
  readonly expiresInDays: number;
  /** What it is limited to. @default everything that its user may use */
  readonly resources?: readonly Resource[] | undefined;
};

/**
 * Makes a token; this is the only time that it is shown.
 * @throws Problem `not-found` when there is no such user, or the user has no role on something that it is limited to
 */
export const createToken = (sql: Sql, actor: string, wanted: TokenRequest): Promise<{ row: Row; token: string }> =>
  transaction(sql, async (tx) => {
    const [user] = await tx<{ kind: "person" | "service" }[]>`
      select kind from accounts.users where name = ${wanted.user} and disabled_at is null for share`;
    if (user === undefined) throw noSuchUser(wanted.user);
    const kind = user.kind === "service" ? "service" : "personal";
    const token = newToken(kind);
    const id = v7();
    const { label, scope, expiresInDays, resources } = wanted;
    await tx`
      insert into accounts.tokens (id, user_name, hash, label, kind, scope, limited, expires_at)
      values (${id}, ${wanted.user}, ${hashToken(token)}, ${label}, ${kind}, ${scope}, ${resources !== undefined},
        now() + make_interval(days => ${expiresInDays}))`;
    if (resources !== undefined) await limit(tx, id, wanted.user, resources);
    const [row] = await tx<[Row]>`select ${columns(tx)} from accounts.tokens as token where id = ${id}`;
    await writeAudit(tx, {
      actor,
      action: "token.created",
      subject: `user ${wanted.user}`,
      details: { id, label, scope, expiresInDays, ...(resources !== undefined && { resources: listOf(resources) }) },
    });
    return { row, token };
  });

const listOf = (resources: readonly Resource[]): string =>
  resources.map(({ kind, name }) => `${kind} ${name}`).join(", ");

/** Limits a token to what its user has a role on at this moment. */
const limit = async (tx: Transaction, token: string, user: string, resources: readonly Resource[]): Promise<void> => {
  const held = await tx<(Resource & { readonly id: string })[]>`
    select distinct kind, resource as name, resource_id as id from accounts.access_v1
    where principal = ${user} and resource is not null`;
  const ids = resources.map(({ kind, name }) => {
    const found = held.find((one) => one.kind === kind && one.name === name);
    if (found === undefined) throw noRole({ kind, name }, user);
    return found.id;
  });
  await insertRecords(
    tx,
    tokenResourcesTable,
    [...new Set(ids)].map((resource) => ({ token, resource })),
  );
};

/**
 * Makes a token worth nothing. Somebody who is not an administrator sees only their own, and through a token that is limited to resources
 * that one alone.
 * @throws Problem `not-found`
 */
export const revokeToken = (sql: Sql, actor: Principal, id: string): Promise<Row> =>
  transaction(sql, async (tx) => {
    const [row] = await tx<Row[]>`
      update accounts.tokens as token set revoked_at = coalesce(revoked_at, now())
      where id = ${id} and (${actor.admin} or user_name = ${actor.name})
        and (${actor.limits === undefined} or id = ${actor.limits?.token ?? null})
      returning ${columns(tx)}`;
    if (row === undefined) throw noSuch("token", id);
    await writeAudit(tx, {
      actor: actor.name,
      action: "token.revoked",
      subject: `user ${row.userName}`,
      details: { id },
    });
    return row;
  });

/** What is shown of a token. */
export const tokenInfoOf = (row: Row): TokenInfo => ({
  id: row.id,
  user: row.userName,
  label: row.label,
  kind: row.kind,
  scope: row.scope,
  resources: row.resources === null ? null : [...row.resources],
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  usedAt: row.usedAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
});

/** The token of a hash. */
export const findToken = async (sql: Sql, hash: string): Promise<Row | undefined> => {
  const [row] = await sql<Row[]>`
    select ${columns(sql)} from accounts.tokens as token where hash = ${hash}`;
  return row;
};

/** The same for what does not exist and for what the user has no role on, also for an administrator, who needs none elsewhere. */
const noRole = ({ kind, name }: Resource, user: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no ${kind} "${name}" on which ${user} has a role.`,
    subject: name,
    next: "Limit the token to what `rollerblade access list` shows with a role of its user.",
  });
