import { randomBytes } from "node:crypto";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { writeAudit } from "./audit.ts";
import { hashPassword, requirePassword, verifyPassword } from "./passwords.ts";
import { noSuchUser } from "./problems.ts";
import type { passwords } from "./schema.ts";
import { beginSession, type NewSession, revokeAll, type SessionTimes } from "./sessions.ts";
import { countTry, forgetTry } from "./throttle.ts";

type PasswordRow = Pick<typeof passwords.$inferSelect, "hash" | "oneTimeUntil">;

/** What somebody signs in with. */
export type SignIn = {
  readonly name: string;
  /** Or the one-time secret that an administrator has given. */
  readonly password: string;
  /** Set in its place; a one-time secret is good for nothing else. */
  readonly newPassword?: string | undefined;
  readonly label: string;
  readonly address: string;
};

/** Hours for which a password can be chosen with a one-time secret. */
const oneTimeHours = 24;

/**
 * Begins a session for who knows the password. Choosing a new password ends all sessions and tokens before it.
 * @throws Problem `unauthenticated`, the same for an unknown name, a disabled user and a wrong password; `too-many-requests`; `invalid` when a
 * new password is needed or too weak
 */
export const signIn = async (sql: Sql, times: SessionTimes, asked: SignIn): Promise<NewSession> => {
  const { name, password, newPassword, label, address } = asked;
  if (newPassword !== undefined) requirePassword(newPassword, name);
  await countTry(sql, name, address);
  const [known] = await sql<PasswordRow[]>`
    select hash, one_time_until from accounts.passwords join accounts.users on name = user_name
    where name = ${name} and disabled_at is null and (one_time_until is null or one_time_until > now())`;
  if (!(await verifyPassword(password, known?.hash)) || known === undefined) {
    await auditFailure(sql, name, address);
    throw refused();
  }
  await forgetTry(sql, name, address);
  if (known.oneTimeUntil !== null && newPassword === undefined) throw choosePassword(name);
  const fresh = newPassword === undefined ? undefined : await hashPassword(newPassword);
  return transaction(sql, async (tx) => {
    const [person] = await tx`select from accounts.users where name = ${name} and disabled_at is null for share`;
    // The secret is used once: of two at the same time the second finds another hash.
    const [same] =
      await tx`select from accounts.passwords where user_name = ${name} and hash = ${known.hash} for update`;
    if (person === undefined || same === undefined) throw refused();
    if (fresh !== undefined) {
      await tx`
        update accounts.passwords set hash = ${fresh}, one_time_until = null, changed_at = now() where user_name = ${name}`;
      await revokeAll(tx, name);
      await writeAudit(tx, { actor: name, action: "password.changed", subject: `user ${name}` });
    }
    return beginSession(tx, times, { name, label, method: "password" });
  });
};

/** A secret that lets a user choose a password, until then. */
export type OneTimeSecret = { readonly secret: string; readonly expiresAt: string };

/**
 * Gives a user a one-time secret in place of the password, and ends all that was open to the old one. It is shown this once.
 * @throws Problem `not-found`
 */
export const resetPassword = async (sql: Sql, actor: string, name: string): Promise<OneTimeSecret> => {
  // 120 random bits, in a form that can be read out.
  const secret = randomBytes(15)
    .toString("hex")
    .replace(/(.{6})(?=.)/g, "$1-");
  const hash = await hashPassword(secret);
  return transaction(sql, async (tx) => {
    const [row] = await tx<{ oneTimeUntil: Date }[]>`
      insert into accounts.passwords (user_name, hash, one_time_until)
      select name, ${hash}, now() + make_interval(hours => ${oneTimeHours}) from accounts.users
      where name = ${name} and kind = 'person' and disabled_at is null
      on conflict (user_name) do update set hash = excluded.hash, one_time_until = excluded.one_time_until, changed_at = now()
      returning one_time_until`;
    if (row === undefined) throw noSuchUser(name);
    await tx`
      update accounts.tokens set revoked_at = now()
      where user_name = ${name} and revoked_at is null and kind <> 'settings'`;
    await writeAudit(tx, { actor, action: "password.reset", subject: `user ${name}` });
    return { secret, expiresAt: row.oneTimeUntil.toISOString() };
  });
};

const auditFailure = (sql: Sql, name: string, address: string): Promise<void> =>
  writeAudit(sql, { actor: "anonymous", action: "session.refused", subject: `user ${name}`, details: { address } });

const refused = (): Problem =>
  new Problem({
    code: "unauthenticated",
    message: "The name or the password is wrong.",
    next: "Try again; an administrator can reset the password with `rollerblade user reset`.",
  });

const choosePassword = (name: string): Problem =>
  new Problem({
    code: "invalid",
    message: "This secret can only be used to choose a password.",
    subject: name,
    next: "Sign in with it and a new password.",
  });
