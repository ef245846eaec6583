import {
  type DecisionStatus,
  type PipelineStatus,
  readAll,
  routerRoutes,
  schedulerRoutes,
  type TaskStatus,
} from "@rollerblade/client";
import { followPipeline } from "../pipeline/follow-pipeline.ts";
import type { Report } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";
import type { DemoPlan } from "./demo-plan.ts";

/** Every decision in force of the demo's document on its dataset. */
const decisionsOf = (server: Server, { document, dataset }: DemoPlan): Promise<DecisionStatus[]> =>
  readAll((after) =>
    server.call(routerRoutes.listDecisions, { query: { document: document.name, dataset, limit: 1000, after } }),
  );

/** Every task on the demo's dataset since a moment. */
export const tasksSince = async (server: Server, { dataset }: DemoPlan, moment: Date): Promise<TaskStatus[]> => {
  const tasks = await readAll((after) =>
    server.call(schedulerRoutes.listTasks, { query: { dataset, limit: 1000, after } }),
  );
  return tasks.filter(({ createdAt }) => new Date(createdAt) >= moment);
};

/**
 * Waits until the pipeline has done all for the dataset. The router calls itself settled when it has done what it knows
 * of; that it knows of every scan is seen from its first rule, which the example wants for each.
 */
export const awaitPipeline = async (
  server: Server,
  plan: DemoPlan,
  report: Report,
  scans: number,
): Promise<DecisionStatus[]> => {
  for (;;) {
    await followPipeline(server, plan.document.name, report);
    const decisions = await decisionsOf(server, plan);
    const first = plan.document.rules[0]?.name;
    if (decisions.filter(({ rule }) => rule === first).length >= scans && (await stillSettled(server, plan)))
      return decisions;
  }
};

/** A fact that came between the two questions would have unsettled it. */
const stillSettled = async (server: Server, { document }: DemoPlan): Promise<boolean> => {
  const status: PipelineStatus = await server.call(routerRoutes.showPipelineStatus, {
    params: { name: document.name },
  });
  return status.settled && status.openBatches === 0;
};
