import { accountsRoutes } from "@rollerblade/client";
import {
  implement,
  type Principal,
  pageOf,
  type Resource,
  type ResourceKind,
  type ServiceContext,
} from "@rollerblade/service-kit";
import { findGrant, giveGrant, grantOf, listGrants, revokeGrant } from "./grants.ts";

type Asked = {
  readonly principal: Principal;
  readonly params: { readonly kind: ResourceKind; readonly resource: string; readonly grantee: string };
};

/** Routes of grants. */
export const serveGrants = (context: ServiceContext): void => {
  const { sql, authorize } = context;
  const show = async ({ principal, params }: Asked) => {
    const resource: Resource = { kind: params.kind, name: params.resource };
    // Whoever has a grant may look at it.
    await authorize(principal, params.grantee === principal.name ? "read" : "admin", resource);
    return grantOf(await findGrant(sql, resource, params.grantee));
  };
  const precondition = { exclusively: context.exclusively, read: accountsRoutes.getGrant, current: show };

  implement(context, accountsRoutes.getGrant, show);

  implement(context, accountsRoutes.listGrants, async ({ principal, query }) => {
    const resource: Resource = { kind: query.kind, name: query.resource };
    await authorize(principal, "admin", resource);
    const rows = await listGrants(sql, resource, query.limit + 1, query.after);
    return pageOf(rows.map(grantOf), query.limit, ({ grantee }) => grantee);
  });

  implement(
    context,
    accountsRoutes.giveGrant,
    async ({ principal, params, body }) => {
      const resource: Resource = { kind: params.kind, name: params.resource };
      await authorize(principal, "admin", resource);
      return grantOf(await giveGrant(context, principal.name, resource, params.grantee, body));
    },
    { precondition },
  );

  implement(
    context,
    accountsRoutes.revokeGrant,
    async ({ principal, params }) => {
      const resource: Resource = { kind: params.kind, name: params.resource };
      // Whoever has a grant may give it back.
      const own = params.grantee === principal.name;
      await authorize(principal, own ? "read" : "admin", resource);
      await revokeGrant(context, principal.name, resource, params.grantee);
      return undefined;
    },
    { precondition },
  );
};
