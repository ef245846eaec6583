import { schedulerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { findRunId, findTaskId } from "./find-id.ts";
import { followRun } from "./follow-run.ts";
import { countsText } from "./run-text.ts";

/** Runs `runs cancel RUN`: slices that are being executed are stopped, and what was made stays. */
export const cancelRun = async (text: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const id = await findRunId(server, text);
  const run = await server.call(schedulerRoutes.cancelRun, { params: { id } });
  if (json === true) return printJson(run);
  printMessage(`Run ${id} is cancelled: ${countsText(run.counts) || "none of its slices had been executed"}.`);
};

/** Options of `runs retry`. */
type RetryOptions = Reading & {
  readonly follow?: boolean;
  /** Id of a task, or its beginning. */
  readonly like?: string;
  /** Bytes. */
  readonly memory?: number;
};

/** `runs retry RUN`: exit code 8 when it was followed and something failed again. */
export const retryRun = async (text: string, { json, follow, like: task, memory }: RetryOptions): Promise<void> => {
  const server = await findServer();
  const id = await findRunId(server, text);
  const like = task === undefined ? undefined : await findTaskId(server, task);
  const begun = await server.call(schedulerRoutes.retryRun, { params: { id }, query: { like, memory } });
  const run = follow === true ? await followRun(server, begun) : begun;
  if (json === true) printJson(run);
  else if (follow !== true) printMessage(`${plural(run.counts.open, "task")} of run ${id} will be tried again.`);
  if (follow === true && run.counts.failed > 0) process.exitCode = 8;
};
