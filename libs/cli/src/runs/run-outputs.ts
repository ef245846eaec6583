import { type DerivativeSummary, readAll, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { derivativesOf } from "../derivatives/list-derivatives.ts";
import type { Server } from "../server/find-server.ts";

/** Tasks of one request. */
const pageSize = 1_000;

/** A task of a run with the outputs of its slice, those that are in force. */
export type TaskOutputs = { readonly task: TaskStatus; readonly outputs: readonly DerivativeSummary[] };

/** Reads the tasks of a run with what they made or found in place. What was withdrawn or made anew since is left out. */
export const outputsOfRun = async (
  server: Server,
  { id, analysis }: { readonly id: string; readonly analysis: string },
): Promise<TaskOutputs[]> => {
  const tasks = await readAll((after) =>
    server.call(schedulerRoutes.listTasks, { query: { run: id, limit: pageSize, after } }),
  );
  const made = await derivativesOf(server, { analysis }, Number.POSITIVE_INFINITY);
  const byId = new Map(made.map((one) => [one.id, one]));
  return tasks.map((task) => ({ task, outputs: task.derivatives.flatMap((one) => byId.get(one) ?? []) }));
};
