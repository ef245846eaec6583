import type { TokenInfo } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { hashToken, type Principal } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";
import { newToken } from "./new-token.ts";
import { noSuch, noSuchUser } from "./problems.ts";
import type { tokens } from "./schema.ts";

type Row = Omit<typeof tokens.$inferSelect, "user" | "hash"> & { readonly userName: string };

/** One page of a user's tokens, oldest first. */
export const listTokens = (sql: Sql, user: string, limit: number, after: string | undefined): Promise<Row[]> =>
  sql<Row[]>`
    select id, user_name, label, created_at, expires_at, revoked_at from accounts.tokens
    where user_name = ${user} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit ${limit}`;

/** What a new token is for. */
export type TokenRequest = { readonly user: string; readonly label: string; readonly expiresInDays: number | null };

/** Makes a token; this is the only time that it is shown. @throws Problem `not-found` when there is no such user */
export const createToken = (sql: Sql, actor: string, wanted: TokenRequest): Promise<{ row: Row; token: string }> =>
  transaction(sql, async (tx) => {
    const token = newToken();
    const [row] = await tx<Row[]>`
      insert into accounts.tokens (id, user_name, hash, label, expires_at)
      select ${v7()}, name, ${hashToken(token)}, ${wanted.label}, now() + make_interval(days => ${wanted.expiresInDays}::int)
      from accounts.users where name = ${wanted.user} and disabled_at is null
      returning id, user_name, label, created_at, expires_at, revoked_at`;
    if (row === undefined) throw noSuchUser(wanted.user);
    await writeAudit(tx, {
      actor,
      action: "token.created",
      subject: `user ${wanted.user}`,
      details: { id: row.id, label: wanted.label, expiresInDays: wanted.expiresInDays },
    });
    return { row, token };
  });

/** Makes a token worth nothing. Who is no administrator sees only their own. @throws Problem `not-found` */
export const revokeToken = (sql: Sql, actor: Principal, id: string): Promise<Row> =>
  transaction(sql, async (tx) => {
    const [row] = await tx<Row[]>`
      update accounts.tokens set revoked_at = coalesce(revoked_at, now())
      where id = ${id} and (${actor.admin} or user_name = ${actor.name})
      returning id, user_name, label, created_at, expires_at, revoked_at`;
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
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
});
