import { lockInTransaction, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { hashToken } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";
import { type OneTimeSecret, resetPassword } from "./sign-in.ts";

/** A principal that is there from the start, and its token; services have none, since they sign what they send. */
export type Builtin = {
  readonly name: "admin" | "service";
  readonly kind: "person" | "service";
  readonly token: string | null;
};

/** What tokens that come from the settings are labelled. */
const label = "from the settings";

/**
 * Makes sure that the principal is an administrator with exactly this token: one that stood in the settings before is worth
 * nothing any more. Several replicas may do so at once.
 */
export const ensureBuiltin = (sql: Sql, builtin: Builtin): Promise<void> =>
  transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('accounts builtin'))`;
    await tx`
      insert into accounts.users (name, admin, kind) values (${builtin.name}, true, ${builtin.kind})
      on conflict (name) do update set admin = true, disabled_at = null
      where not users.admin or users.disabled_at is not null`;
    await replaceToken(tx, builtin);
  });

const replaceToken = async (tx: Transaction, { name, token }: Builtin): Promise<void> => {
  const hash = token === null ? null : hashToken(token);
  await tx`
    update accounts.tokens set revoked_at = now()
    where user_name = ${name} and label = ${label} and revoked_at is null and hash is distinct from ${hash}`;
  if (hash === null) return;
  const made = await tx`
    insert into accounts.tokens (id, user_name, hash, label, kind) values (${v7()}, ${name}, ${hash}, ${label}, 'settings')
    on conflict (hash) do update set revoked_at = null where tokens.revoked_at is not null and tokens.user_name = excluded.user_name
    returning id`;
  if (made.length === 0) return;
  await writeAudit(tx, { actor: "service", action: "token.created", subject: `user ${name}`, details: { label } });
};

/**
 * Makes the user `admin` when no person is an administrator, with a one-time secret to choose a password with; null when there is one. Of several
 * replicas one does so.
 */
export const ensureAdministrator = async (sql: Sql): Promise<OneTimeSecret | null> => {
  const made = await transaction(sql, async (tx) => {
    await lockInTransaction(tx, "accounts administrators");
    const rows = await tx`
      insert into accounts.users (name, admin) select 'admin', true
      where not exists (select from accounts.users where admin and kind = 'person' and disabled_at is null)
      on conflict (name) do nothing returning name`;
    return rows.length === 1;
  });
  return made ? resetPassword(sql, "service", "admin") : null;
};
