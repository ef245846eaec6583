import { accountsRoutes } from "@rollerblade/client";
import { implement, pageOf, type Resource, type ServiceContext } from "@rollerblade/service-kit";
import { giveGrant, grantOf, listGrants, revokeGrant } from "./grants.ts";

/** Routes of grants. */
export const serveGrants = (context: ServiceContext): void => {
  const { sql, authorize } = context;

  implement(context, accountsRoutes.listGrants, async ({ principal, query }) => {
    const resource: Resource = { kind: query.kind, name: query.resource };
    await authorize(principal, "admin", resource);
    const rows = await listGrants(sql, resource, query.limit + 1, query.after);
    return pageOf(rows.map(grantOf), query.limit, ({ grantee }) => grantee);
  });

  implement(context, accountsRoutes.giveGrant, async ({ principal, params, body }) => {
    const resource: Resource = { kind: params.kind, name: params.resource };
    await authorize(principal, "admin", resource);
    return grantOf(await giveGrant(context, principal.name, resource, params.grantee, body));
  });

  implement(context, accountsRoutes.revokeGrant, async ({ principal, params }) => {
    const resource: Resource = { kind: params.kind, name: params.resource };
    // Whoever has a grant may give it back.
    const own = params.grantee === principal.name;
    await authorize(principal, own ? "read" : "admin", resource);
    await revokeGrant(context, principal.name, resource, params.grantee);
    return undefined;
  });
};
