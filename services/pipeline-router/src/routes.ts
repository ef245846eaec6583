import { routerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, readGrants, type ServiceContext } from "@rollerblade/service-kit";
import { applyDocument } from "./documents/apply-document.ts";
import { readStatus } from "./documents/document-status.ts";
import { explain } from "./documents/explain.ts";
import { listDecisions } from "./documents/list-decisions.ts";
import { planDocument } from "./documents/plan-document.ts";
import { listDocuments, readDocument } from "./documents/read-document.ts";
import { removeDocument } from "./documents/remove-document.ts";
import { retryFailures } from "./documents/retry.ts";
import { listVersions } from "./documents/versions.ts";

/** Answers the operations of the pipeline-router. */
export const serveRoutes = (context: ServiceContext): void => {
  const { sql } = context;
  const grantsOf = (principal: Principal) => readGrants(sql, principal);
  const read = async (name: string, principal: Principal) => readDocument(sql, name, await grantsOf(principal));
  const precondition = {
    exclusively: context.exclusively,
    read: routerRoutes.showPipeline,
    current: ({ params, principal }: { readonly params: { readonly name: string }; readonly principal: Principal }) =>
      read(params.name, principal),
  };
  implement(context, routerRoutes.listPipelines, async ({ principal, query }) =>
    listDocuments(sql, await grantsOf(principal), query),
  );
  implement(context, routerRoutes.showPipeline, ({ params, principal }) => read(params.name, principal));
  implement(
    context,
    routerRoutes.applyPipeline,
    async ({ params, body, principal }) => {
      await applyDocument(context, { ...params, ...body, owner: principal, origin: "api" });
      return read(params.name, principal);
    },
    { expensive: true, precondition },
  );
  implement(
    context,
    routerRoutes.planPipeline,
    ({ params, body, principal }) => planDocument(context, { ...params, ...body, owner: principal, origin: "api" }),
    { timeout: 300_000, expensive: true },
  );
  implement(context, routerRoutes.listPipelineVersions, async ({ params, query, principal }) => {
    const { name } = await read(params.name, principal);
    return listVersions(sql, name, query);
  });
  implement(context, routerRoutes.showPipelineStatus, async ({ params, principal }) =>
    readStatus(sql, await read(params.name, principal), await grantsOf(principal)),
  );
  implement(context, routerRoutes.retryPipeline, async ({ params, body, principal }) => {
    const { name, owner } = await read(params.name, principal);
    if (owner !== principal.name) await context.authorize(principal, "run", { kind: "pipeline", name });
    const { rule = null, dataset = null } = body;
    return { retried: await retryFailures(context, { document: name, rule, dataset }, await grantsOf(principal)) };
  });
  implement(
    context,
    routerRoutes.removePipeline,
    async ({ params, principal }) => {
      const { name, owner } = await read(params.name, principal);
      if (owner !== principal.name && !principal.admin) throw ownersOnly(name);
      await removeDocument(context, name, principal.name);
      return undefined;
    },
    { precondition },
  );
  implement(context, routerRoutes.listDecisions, async ({ query, principal }) =>
    listDecisions(sql, query, await grantsOf(principal)),
  );
  implement(context, routerRoutes.explain, async ({ query, principal }) => {
    const { dataset, subject, session = null, scan = null, limit, after } = query;
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    const grants = await grantsOf(principal);
    return explain(context, { dataset, subject, session, scan }, grants, { limit, after });
  });
};

const ownersOnly = (name: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `Only the owner may remove the document ${name}.`,
    subject: name,
    next: "Ask the owner or an administrator.",
  });
