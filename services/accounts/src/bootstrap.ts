import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import { hashToken } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { writeAudit } from "./audit.ts";

/** A principal that the settings name, and its token. */
export type Builtin = {
  readonly name: "admin" | "service";
  readonly kind: "person" | "service";
  readonly token: string;
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
  const hash = hashToken(token);
  await tx`
    update accounts.tokens set revoked_at = now()
    where user_name = ${name} and label = ${label} and revoked_at is null and hash <> ${hash}`;
  const made = await tx`
    insert into accounts.tokens (id, user_name, hash, label) values (${v7()}, ${name}, ${hash}, ${label})
    on conflict (hash) do update set revoked_at = null where tokens.revoked_at is not null and tokens.user_name = excluded.user_name
    returning id`;
  if (made.length === 0) return;
  await writeAudit(tx, { actor: "service", action: "token.created", subject: `user ${name}`, details: { label } });
};
