import { accountsRoutes } from "@rollerblade/client";
import { implement, type Principal, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import { requireAdministrator } from "./as-administrator.ts";
import { describeSelf, tokenHashOf } from "./describe-self.ts";
import { resetPassword } from "./sign-in.ts";
import { changeUser, createUser, listUsers, requireUser, userOf } from "./users.ts";

/** Routes of users. */
export const serveUsers = (context: ServiceContext): void => {
  const { sql } = context;
  const current = async ({
    principal,
    params,
  }: {
    readonly principal: Principal;
    readonly params: { readonly name: string };
  }) => {
    requireAdministrator(principal);
    return userOf(await requireUser(sql, params.name));
  };

  implement(context, accountsRoutes.me, ({ principal, request }) => describeSelf(sql, principal, tokenHashOf(request)));

  implement(context, accountsRoutes.resetPassword, async ({ principal, params }) => {
    requireAdministrator(principal);
    return resetPassword(sql, principal.name, params.name);
  });

  implement(context, accountsRoutes.listUsers, async ({ principal, query }) => {
    requireAdministrator(principal);
    return pageOf((await listUsers(sql, query.limit + 1, query.after)).map(userOf), query.limit, ({ name }) => name);
  });

  implement(context, accountsRoutes.getUser, current);

  implement(context, accountsRoutes.createUser, async ({ principal, body }) => {
    requireAdministrator(principal);
    return userOf(await createUser(sql, principal.name, body));
  });

  implement(
    context,
    accountsRoutes.changeUser,
    async ({ principal, params, body }) => {
      requireAdministrator(principal);
      return userOf(await changeUser(sql, principal.name, params.name, body));
    },
    { precondition: { exclusively: context.exclusively, read: accountsRoutes.getUser, current } },
  );
};
