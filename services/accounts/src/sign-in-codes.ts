import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { writeAudit } from "./audit.ts";
import { keepSignIn, takeSignIn } from "./issuers/begun-sign-ins.ts";
import { beginSession, type NewSession, type SessionTimes } from "./sessions.ts";

/** Seconds in which a code can be used: long enough to start a browser, or to copy a link out of a terminal. */
const codeSeconds = 600;

/** A code that signs a browser in as somebody; only its digest is kept. */
export type SignInCode = { readonly code: string; readonly expiresAt: string };

/** Makes one, and writes it down in the audit log. */
export const createSignInCode = async (sql: Sql, user: string): Promise<SignInCode> => {
  const { secret, expiresAt } = await keepSignIn(sql, { kind: "code", secrets: { user } }, codeSeconds);
  await writeAudit(sql, { actor: user, action: "sign-in-code.created", subject: `user ${user}` });
  return { code: secret, expiresAt };
};

/** A code that somebody has brought, and from where. */
type UsedCode = { readonly code: string; readonly label: string; readonly address: string };

/**
 * Begins a session for whom a code was made. The code is gone first, so that of two who have it one gets in.
 * @throws Problem `unauthenticated` for a code that was used, is too old or was never made, and for a disabled user
 */
export const useSignInCode = async (
  sql: Sql,
  times: SessionTimes,
  { code, label, address }: UsedCode,
): Promise<NewSession> => {
  const { user: name = "" } = await takeSignIn(sql, "code", code).catch(async (error: unknown) => {
    await writeAudit(sql, { actor: "anonymous", action: "session.refused", subject: "code", details: { address } });
    throw error;
  });
  return transaction(sql, async (tx) => {
    const [person] = await tx`select from accounts.users where name = ${name} and disabled_at is null for share`;
    if (person === undefined) throw disabled();
    return beginSession(tx, times, { name, label, method: "code" });
  });
};

const disabled = (): Problem =>
  new Problem({
    code: "unauthenticated",
    message: "This code can no longer be used to sign in.",
    next: "Ask an administrator whether your user is disabled.",
  });
