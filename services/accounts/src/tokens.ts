import type { TokenInfo, TokenScope } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { hashToken, newToken, type Principal } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { tokens } from "./schema.ts";

type Row = Omit<typeof tokens.$inferSelect, "hash" | "idleSeconds">;

/** One page of a user's tokens, oldest first. */
export const listTokens = (sql: Sql, user: string, limit: number, after: string | undefined): Promise<Row[]> =>
  sql<Row[]>`
    select id, user_name, label, kind, scope, created_at, expires_at, used_at, revoked_at from accounts.tokens
    where user_name = ${user} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit ${limit}`;

/** What a new token is for. */
export type TokenRequest = {
  readonly user: string;
  readonly label: string;
  readonly scope: TokenScope;
  readonly expiresInDays: number;
};

/** Makes a token; this is the only time that it is shown. @throws Problem `not-found` when there is no such user */
export const createToken = (sql: Sql, actor: string, wanted: TokenRequest): Promise<{ row: Row; token: string }> =>
  transaction(sql, async (tx) => {
    const [user] = await tx<{ kind: "person" | "service" }[]>`
      select kind from accounts.users where name = ${wanted.user} and disabled_at is null for share`;
    if (user === undefined) throw noSuchUser(wanted.user);
    const kind = user.kind === "service" ? "service" : "personal";
    const token = newToken(kind);
    const [row] = await tx<[Row]>`
      insert into accounts.tokens (id, user_name, hash, label, kind, scope, expires_at)
      values (${v7()}, ${wanted.user}, ${hashToken(token)}, ${wanted.label}, ${kind}, ${wanted.scope},
        now() + make_interval(days => ${wanted.expiresInDays}))
      returning id, user_name, label, kind, scope, created_at, expires_at, used_at, revoked_at`;
    await writeAudit(tx, {
      actor,
      action: "token.created",
      subject: `user ${wanted.user}`,
      details: { id: row.id, label: wanted.label, scope: wanted.scope, expiresInDays: wanted.expiresInDays },
    });
    return { row, token };
  });

/** Makes a token worth nothing. Somebody who is not an administrator sees only their own. @throws Problem `not-found` */
export const revokeToken = (sql: Sql, actor: Principal, id: string): Promise<Row> =>
  transaction(sql, async (tx) => {
    const [row] = await tx<Row[]>`
      update accounts.tokens set revoked_at = coalesce(revoked_at, now())
      where id = ${id} and (${actor.admin} or user_name = ${actor.name})
      returning id, user_name, label, kind, scope, created_at, expires_at, used_at, revoked_at`;
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
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  usedAt: row.usedAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
});

/** The token of a hash. */
export const findToken = async (sql: Sql, hash: string): Promise<Row | undefined> => {
  const [row] = await sql<Row[]>`
    select id, user_name, label, kind, scope, created_at, expires_at, used_at, revoked_at from accounts.tokens where hash = ${hash}`;
  return row;
};
