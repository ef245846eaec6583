import { routerRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { applyDocument } from "./documents/apply-document.ts";
import { readStatus } from "./documents/document-status.ts";
import { explain } from "./documents/explain.ts";
import { listDecisions } from "./documents/list-decisions.ts";
import { planDocument } from "./documents/plan-document.ts";
import { listDocuments, readDocument } from "./documents/read-document.ts";
import { removeDocument } from "./documents/remove-document.ts";
import { retryFailures } from "./documents/retry.ts";

/** Answers the operations of the pipeline-router. */
export const serveRoutes = (context: ServiceContext): void => {
  const { sql } = context;
  implement(context, routerRoutes.listPipelines, ({ principal, query }) => listDocuments(sql, principal, query));
  implement(context, routerRoutes.showPipeline, ({ params, principal }) => readDocument(sql, params.name, principal));
  implement(context, routerRoutes.applyPipeline, async ({ params, body, principal }) => {
    await applyDocument(context, { ...params, ...body, owner: principal, origin: "api" });
    return readDocument(sql, params.name, principal);
  });
  implement(
    context,
    routerRoutes.planPipeline,
    ({ params, body, principal }) => planDocument(context, { ...params, ...body, owner: principal, origin: "api" }),
    { timeout: 300_000 },
  );
  implement(context, routerRoutes.showPipelineStatus, async ({ params, principal }) =>
    readStatus(sql, await readDocument(sql, params.name, principal)),
  );
  implement(context, routerRoutes.retryPipeline, async ({ params, body, principal }) => {
    const { name } = await readDocument(sql, params.name, principal);
    const { rule = null, dataset = null } = body;
    return { retried: await retryFailures(context, { document: name, rule, dataset }) };
  });
  implement(context, routerRoutes.removePipeline, async ({ params, principal }) => {
    const { name } = await readDocument(sql, params.name, principal);
    await removeDocument(context, name);
    return undefined;
  });
  implement(context, routerRoutes.listDecisions, async ({ query, principal }) =>
    listDecisions(sql, query, await context.readable(principal, "dataset")),
  );
  implement(context, routerRoutes.explain, async ({ query, principal }) => {
    const { dataset, subject, session = null, scan = null } = query;
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    return { items: await explain(context, { dataset, subject, session, scan }) };
  });
};
