import type { TokenInfo } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { hashToken, type Principal } from "@rollerblade/service-kit";
import { groupPrefix } from "./grants.ts";
import { findToken, tokenInfoOf } from "./tokens.ts";

/** Who somebody is, the groups that they are in, and what their token lets them do. */
export const describeSelf = async (sql: Sql, { name, admin, limits }: Principal, hash: string) => {
  // Groups are not among the things that a token can be limited to.
  const groups = await sql<{ grantee: string }[]>`
    select distinct grantee from accounts.grantees_v1
    where person = ${name} and grantee like 'group:%' and ${limits === undefined} order by grantee`;
  const row = await findToken(sql, hash);
  const token: TokenInfo | null = row === undefined ? null : tokenInfoOf(row);
  return { name, admin, groups: groups.map(({ grantee }) => grantee.slice(groupPrefix.length)), token };
};

/** How the token of a request stands in the database. */
export const tokenHashOf = ({
  headers,
}: {
  readonly headers: { readonly authorization?: string | undefined };
}): string => hashToken((headers.authorization ?? "").replace(/^Bearer +/i, ""));
