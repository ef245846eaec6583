import type { IssuerIdentity } from "@rollerblade/client";
import { isDuplicate, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { cursorText, readCursor } from "@rollerblade/service-kit";
import { z } from "zod";
import { writeAudit } from "../audit.ts";
import { endClaimsOf } from "../groups.ts";
import { noSuch, noSuchUser } from "../problems.ts";
import type { Ownership } from "../resources.ts";
import type { identities } from "../schema.ts";
import { revokeAll } from "../sessions.ts";

type Row = typeof identities.$inferSelect;

/** One page of who a user is at issuers, by issuer and subject. */
export const listIdentities = (sql: Sql, name: string, limit: number, after: string | undefined): Promise<Row[]> => {
  const [issuer, subject] = after === undefined ? ["", ""] : readCursor(after, place);
  return sql<Row[]>`
    select * from accounts.identities where user_name = ${name} and (issuer, subject) > (${issuer}, ${subject})
    order by issuer, subject limit ${limit}`;
};

const place = z.tuple([cursorText, cursorText]);

/** Lets whoever has a subject at an issuer sign in as a user. @throws Problem `not-found`, `conflict` when they are a user already */
export const linkIdentity = async (sql: Sql, actor: string, name: string, identity: IssuerIdentity): Promise<Row> => {
  try {
    return await transaction(sql, async (tx) => {
      const [person] =
        await tx`select from accounts.users where name = ${name} and kind = 'person' and disabled_at is null for share`;
      if (person === undefined) throw noSuchUser(name);
      return linkInTransaction(tx, actor, name, identity);
    });
  } catch (error) {
    if (isDuplicate(error)) throw linkedAlready(identity, error);
    throw error;
  }
};

/** Links, in the transaction that has made or found the user. */
export const linkInTransaction = async (
  tx: Transaction,
  actor: string,
  name: string,
  { issuer, subject }: IssuerIdentity,
): Promise<Row> => {
  const [row] = await tx<[Row]>`
    insert into accounts.identities (issuer, subject, user_name) values (${issuer}, ${subject}, ${name}) returning *`;
  const details = { issuer, subject };
  await writeAudit(tx, { actor, action: "identity.linked", subject: `user ${name}`, details });
  return row;
};

/** Takes a way to sign in from a user, and ends all that was open, and all memberships by claims: it is not known which of them came by it. @throws Problem `not-found` */
export const unlinkIdentity = (at: Ownership, actor: string, name: string, identity: IssuerIdentity): Promise<void> =>
  transaction(at.sql, async (tx) => {
    const { issuer, subject } = identity;
    const gone = await tx`
      delete from accounts.identities where issuer = ${issuer} and subject = ${subject} and user_name = ${name} returning subject`;
    if (gone.length === 0) throw noSuch("identity", subject);
    await revokeAll(tx, name);
    await endClaimsOf(at, tx, actor, name);
    const details = { issuer, subject };
    await writeAudit(tx, { actor, action: "identity.unlinked", subject: `user ${name}`, details });
  });

/** An identity as it travels. */
export const identityOf = ({ issuer, subject, createdAt }: Row): IssuerIdentity & { readonly createdAt: string } => ({
  issuer,
  subject,
  createdAt: createdAt.toISOString(),
});

const linkedAlready = ({ subject }: IssuerIdentity, cause: unknown): Problem =>
  new Problem(
    {
      code: "conflict",
      message: `"${subject}" signs in as a user already.`,
      subject,
      next: "Take it from that user first: `rollerblade user unlink`.",
    },
    { cause },
  );
