import { accountsRoutes } from "@rollerblade/client";
import { implement, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import { requireService } from "./as-administrator.ts";
import { explainAccess } from "./explain-access.ts";
import { claimResource, listUsable, requireResource, resourceOf, retireResource } from "./resources.ts";
import { acceptTransfer, endTransfer, listTransfers, transferOfferOf, transferResource } from "./transfers.ts";
import { requireUser } from "./users.ts";

/** Routes of owners. */
export const serveResources = (context: ServiceContext<{ readonly namesPerPerson: number }>): void => {
  const { sql, authorize } = context;

  implement(context, accountsRoutes.claimResource, async ({ principal, params }) =>
    resourceOf(await claimResource(context, principal, params, context.config.namesPerPerson)),
  );

  implement(context, accountsRoutes.getResource, async ({ principal, params }) => {
    await authorize(principal, "read", params);
    return resourceOf(await requireResource(sql, params));
  });

  implement(context, accountsRoutes.listResources, async ({ principal, query }) => {
    const { user = principal.name } = query;
    const who = user === principal.name ? principal : await requireUser(sql, user);
    const rows = await listUsable(sql, principal, who, query.kind, query.limit + 1, query.after);
    const resources = rows.map((row) => ({ ...resourceOf(row), role: row.role }));
    return pageOf(resources, query.limit, ({ kind, name }) => `${kind}/${name}`);
  });

  implement(
    context,
    accountsRoutes.retireResource,
    async ({ principal, params, body }) => {
      requireService(principal, ["catalog", "pipeline-router", "scheduler"]);
      await retireResource(context, body.actor, params.id);
      return undefined;
    },
    { hidden: true },
  );

  implement(context, accountsRoutes.transferResource, async ({ principal, params, body }) => {
    await authorize(principal, "read", params);
    return transferResource(context, principal, params, body.owner);
  });

  implement(context, accountsRoutes.acceptTransfer, async ({ principal, params }) =>
    resourceOf(await acceptTransfer(context, principal, params, context.config.namesPerPerson)),
  );

  implement(context, accountsRoutes.endTransfer, async ({ principal, params }) => {
    await endTransfer(context, principal, params);
    return undefined;
  });

  implement(context, accountsRoutes.listTransfers, async ({ principal, query }) => {
    const rows = await listTransfers(sql, principal, query.limit + 1, query.after);
    return pageOf(rows.map(transferOfferOf), query.limit, ({ kind, name }) => `${kind}/${name}`);
  });

  implement(context, accountsRoutes.explainAccess, async ({ principal, body }) => {
    const action = body.principal === principal.name ? "read" : "admin";
    for (const resource of body.resources) await authorize(principal, action, resource);
    const people = await explainAccess(sql, body.resources, body.principal, body.limit + 1, body.after);
    return pageOf(people, body.limit, (person) => person.principal);
  });
};
