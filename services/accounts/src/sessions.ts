import { type Queryable, type Sql, transaction } from "@rollerblade/database";
import { hashToken, newToken, type Principal } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";

/** How long sessions live. */
export type SessionTimes = {
  /** From the sign-in on. */
  readonly sessionHours: number;
  /** Without being used. */
  readonly sessionIdleHours: number;
};

/** A session that has just begun; this is the only time that its secret is shown. */
export type NewSession = { readonly name: string; readonly token: string; readonly expiresAt: string };

/** How somebody signed in, for the list of sessions and the audit log. */
export type SignedIn = { readonly name: string; readonly label: string; readonly method: string };

/** Begins a session with a secret of its own, whatever the browser held before. */
export const beginSession = async (tx: Queryable, times: SessionTimes, who: SignedIn): Promise<NewSession> => {
  const token = newToken("session");
  const [row] = await tx<{ id: string; expiresAt: Date }[]>`
    insert into accounts.tokens (id, user_name, hash, label, kind, expires_at, idle_seconds)
    values (${v7()}, ${who.name}, ${hashToken(token)}, ${who.label}, 'session',
      now() + make_interval(secs => ${times.sessionHours * 3600}), ${Math.round(times.sessionIdleHours * 3600)})
    returning id, expires_at`;
  if (row === undefined) throw new Error("The session was not inserted.");
  const details = { id: row.id, method: who.method };
  await writeAudit(tx, { actor: who.name, action: "session.begun", subject: `user ${who.name}`, details });
  return { name: who.name, token, expiresAt: row.expiresAt.toISOString() };
};

/** Ends the session or token of the request, or all sessions of its user. */
export const endSessions = (sql: Sql, who: Principal, hash: string, everywhere: boolean): Promise<void> =>
  transaction(sql, async (tx) => {
    const ended = await tx`
      update accounts.tokens set revoked_at = now()
      where user_name = ${who.name} and revoked_at is null and kind = 'session' and (${everywhere} or hash = ${hash})
      returning id`;
    const details = { everywhere, count: ended.length };
    await writeAudit(tx, { actor: who.name, action: "session.ended", subject: `user ${who.name}`, details });
  });

/** Makes every credential of a user worth nothing, for good: to be enabled again gives none of them back. */
export const revokeAll = async (tx: Queryable, name: string): Promise<void> => {
  await tx`update accounts.tokens set revoked_at = now() where user_name = ${name} and revoked_at is null`;
};
