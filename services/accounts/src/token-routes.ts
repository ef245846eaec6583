import { accountsRoutes } from "@rollerblade/client";
import { implement, type Principal, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import { requireAdministrator } from "./as-administrator.ts";
import { createToken, listTokens, revokeToken, tokenInfoOf } from "./tokens.ts";

/** Routes of tokens. */
export const serveTokens = (context: ServiceContext): void => {
  const { sql } = context;

  implement(context, accountsRoutes.listTokens, async ({ principal, query }) => {
    const rows = await listTokens(sql, ownOrAsked(principal, query.user), query.limit + 1, query.after);
    return pageOf(rows.map(tokenInfoOf), query.limit, ({ id }) => id);
  });

  implement(context, accountsRoutes.createToken, async ({ principal, body }) => {
    const user = ownOrAsked(principal, body.user);
    const { row, token } = await createToken(sql, principal.name, { ...body, user });
    return { ...tokenInfoOf(row), token };
  });

  implement(context, accountsRoutes.revokeToken, async ({ principal, params }) =>
    tokenInfoOf(await revokeToken(sql, principal, params.id)),
  );
};

/** Whose tokens are meant. @throws Problem `forbidden` for another's, unless an administrator asks */
const ownOrAsked = (principal: Principal, user: string | undefined): string => {
  if (user === undefined || user === principal.name) return principal.name;
  requireAdministrator(principal);
  return user;
};
