import { accountsRoutes } from "@rollerblade/client";
import { implement, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import { requireService } from "./as-administrator.ts";
import {
  claimResource,
  listUsable,
  requireResource,
  resourceOf,
  retireResource,
  transferResource,
} from "./resources.ts";

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
    const rows = await listUsable(sql, principal, query.kind, query.limit + 1, query.after);
    const resources = rows.map((row) => ({ ...resourceOf(row), role: row.role }));
    return pageOf(resources, query.limit, ({ kind, name }) => `${kind}/${name}`);
  });

  implement(
    context,
    accountsRoutes.retireResource,
    async ({ principal, params, body }) => {
      requireService(principal, ["catalog", "pipeline-router"]);
      await retireResource(context, body.actor, params.id);
      return undefined;
    },
    { hidden: true },
  );

  implement(context, accountsRoutes.transferResource, async ({ principal, params, body }) => {
    await authorize(principal, "read", params);
    return resourceOf(await transferResource(context, principal, params, body.owner));
  });
};
