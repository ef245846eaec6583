import { accountsRoutes } from "@rollerblade/client";
import { implement, type Principal, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import {
  addMember,
  changeGroup,
  createGroup,
  deleteGroup,
  groupOf,
  listGroups,
  listMembers,
  memberOf,
  removeMember,
  requireGroup,
} from "./groups.ts";

/** Routes of groups. */
export const serveGroups = (context: ServiceContext): void => {
  const { sql } = context;
  const precondition = {
    exclusively: context.exclusively,
    read: accountsRoutes.getGroup,
    current: async ({
      principal,
      params,
    }: {
      readonly principal: Principal;
      readonly params: { readonly name: string };
    }) => groupOf(await requireGroup(sql, principal, params.name)),
  };

  implement(context, accountsRoutes.listGroups, async ({ principal, query }) => {
    const rows = await listGroups(sql, principal, query.limit + 1, query.after);
    return pageOf(rows.map(groupOf), query.limit, ({ name }) => name);
  });

  implement(context, accountsRoutes.createGroup, async ({ principal, body }) =>
    groupOf(await createGroup(sql, principal, body)),
  );

  implement(context, accountsRoutes.getGroup, precondition.current);

  implement(
    context,
    accountsRoutes.changeGroup,
    async ({ principal, params, body }) => groupOf(await changeGroup(context, principal, params.name, body)),
    { precondition },
  );

  implement(
    context,
    accountsRoutes.deleteGroup,
    async ({ principal, params }) => {
      await deleteGroup(context, principal, params.name);
      return undefined;
    },
    { precondition },
  );

  implement(context, accountsRoutes.listGroupMembers, async ({ principal, params, query }) => {
    await requireGroup(sql, principal, params.name);
    const rows = await listMembers(sql, params.name, query.limit + 1, query.after);
    return pageOf(rows.map(memberOf), query.limit, ({ member }) => member);
  });

  implement(context, accountsRoutes.addGroupMember, async ({ principal, params }) =>
    memberOf(await addMember(context, principal, params.name, params.member)),
  );

  implement(context, accountsRoutes.removeGroupMember, async ({ principal, params }) => {
    await removeMember(context, principal, params.name, params.member);
    return undefined;
  });
};
