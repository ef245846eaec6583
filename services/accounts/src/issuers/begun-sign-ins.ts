import { createHash, randomBytes } from "node:crypto";
import { insertRecords, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { issuerSignIns } from "../schema.ts";
import { issuerSignInsTable } from "../tables.gen.ts";

type Row = typeof issuerSignIns.$inferSelect;

/** What only this server knows of a sign-in that has begun. */
export type BegunSignIn = Pick<Row, "kind" | "secrets">;

/** Keeps a sign-in that has begun. @returns the secret of whoever may finish it; only its digest is kept */
export const keepSignIn = async (
  sql: Sql,
  { kind, secrets }: BegunSignIn,
  seconds: number,
): Promise<{ readonly secret: string; readonly expiresAt: string }> => {
  const secret = randomBytes(32).toString("base64url");
  const until = new Date(Date.now() + seconds * 1000);
  await insertRecords(sql, issuerSignInsTable, [{ hash: digestOf(secret), kind, secrets, until }]);
  return { secret, expiresAt: until.toISOString() };
};

/**
 * Gives the turn to ask the issuer about a sign-in on another device, at most once in an interval, however often it is asked for here.
 * @returns null when it is not time yet
 * @throws Problem `unauthenticated` when it is over
 */
export const takeTurn = async (sql: Sql, secret: string, seconds: number): Promise<Row["secrets"] | null> => {
  const [row] = await sql<(Pick<Row, "secrets"> & { readonly isTurn: boolean })[]>`
    with turn as (
      update accounts.issuer_sign_ins
      set secrets = secrets || jsonb_build_object('nextAt', now() + make_interval(secs => ${seconds}))
      where hash = ${digestOf(secret)} and kind = 'device'
        and coalesce((secrets ->> 'nextAt')::timestamptz, '-infinity') <= now()
      returning hash)
    select secrets, exists (select from turn) as is_turn from accounts.issuer_sign_ins
    where hash = ${digestOf(secret)} and kind = 'device' and until > now()`;
  if (row === undefined) throw signInIsOver();
  return row.isTurn ? row.secrets : null;
};

/** Ends a sign-in that has begun: of two who do so, one succeeds. @throws Problem `unauthenticated` when it is over */
export const takeSignIn = async (sql: Sql, kind: Row["kind"], secret: string): Promise<Row["secrets"]> => {
  const [row] = await sql<Pick<Row, "secrets">[]>`
    delete from accounts.issuer_sign_ins where hash = ${digestOf(secret)} and kind = ${kind} and until > now() returning secrets`;
  if (row === undefined) throw signInIsOver();
  return row.secrets;
};

/** Forgets those that nobody has finished in time. */
export const forgetSignIns = async (sql: Sql): Promise<void> => {
  await sql`delete from accounts.issuer_sign_ins where until < now()`;
};

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Nothing is known, or any more, of the sign-in that somebody wants to finish. */
export const signInIsOver = (): Problem =>
  new Problem({
    code: "unauthenticated",
    message: "This sign-in was begun elsewhere, was finished already, or took too long.",
    next: "Begin it again.",
  });
