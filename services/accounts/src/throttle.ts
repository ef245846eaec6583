import { createHash } from "node:crypto";
import type { Sql } from "@rollerblade/database";
import { tooManyRequests } from "@rollerblade/service-kit";

/** What is counted of sign-ins, and how many of them it takes to lock. */
type Counter = { readonly key: string; readonly maxFailures: number };

/** Minutes for which failures are counted, and a lock holds. */
const windowMinutes = 15;

/**
 * Whoever guesses is held off by three counts, so that nobody can lock out somebody else from elsewhere with a handful of tries: of the user
 * from one address, of the address, and, against many addresses, of the user.
 */
const countersOf = (user: string, address: string): Counter[] => [
  { key: digest("pair", user, address), maxFailures: 5 },
  { key: digest("address", address), maxFailures: 50 },
  { key: digest("user", user), maxFailures: 100 },
];

/** Sign-ins at issuers that one address may begin in the window: a lab behind one address, and not enough to be a burden to the issuer. */
const maxBegun = 100;

/** Counts a sign-in at an issuer that begins. @throws Problem `too-many-requests` with the time to wait */
export const countBegun = (sql: Sql, address: string): Promise<void> =>
  count(sql, [{ key: digest("begun", address), maxFailures: maxBegun }], "sign-ins from this address were begun");

/**
 * Counts a try before it is made, so that many at once do not pass together.
 * @throws Problem `too-many-requests` with the time to wait, also for the right password
 */
export const countTry = (sql: Sql, user: string, address: string): Promise<void> =>
  count(sql, countersOf(user, address), "sign-ins of this name or from this address failed");

const count = async (sql: Sql, counters: readonly Counter[], what: string): Promise<void> => {
  const rows = await sql<{ key: string; failures: number; seconds: number }[]>`
    insert into accounts.sign_in_failures as failure (key, failures, until)
    select key, 1, now() + make_interval(mins => ${windowMinutes}) from unnest(${counters.map(({ key }) => key)}::text[]) as key order by key
    on conflict (key) do update set
      failures = case when failure.until > now() then failure.failures + 1 else 1 end,
      until = case when failure.until > now() then failure.until else excluded.until end
    returning key, failures, ceil(extract(epoch from until - now()))::int as seconds`;
  for (const { key, maxFailures } of counters) {
    const row = rows.find((one) => one.key === key);
    if (row !== undefined && row.failures > maxFailures) throw tooManyRequests(what, row.seconds);
  }
};

/** Takes the try back that succeeded; the failures of the user from this address are forgotten, those of others are not. */
export const forgetTry = async (sql: Sql, user: string, address: string): Promise<void> => {
  const [pair, ...others] = countersOf(user, address).map(({ key }) => key);
  await sql`
    with forgotten as (delete from accounts.sign_in_failures where key = ${pair ?? ""})
    update accounts.sign_in_failures set failures = failures - 1 where key = any(${others}::text[]) and failures > 0`;
};

/** Forgets what is over. */
export const forgetFailures = async (sql: Sql): Promise<void> => {
  await sql`delete from accounts.sign_in_failures where until < now()`;
};

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");
