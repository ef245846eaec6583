import { setTimeout as sleep } from "node:timers/promises";
import { type HttpClient, routerRoutes, schedulerRoutes } from "@rollerblade/client";

/** How long nothing may change before a test believes that nothing will, in milliseconds. */
const quiet = 1_000;

/**
 * Waits until no task is open, no decision is asked or waited for, and that has stayed so for a second.
 * @throws with the last state when that takes longer than `timeout` milliseconds
 */
export const settle = async (api: HttpClient, timeout = 120_000): Promise<void> => {
  let last = "";
  let since = Date.now();
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(100)) {
    const { settled, state } = await look(api);
    if (state !== last || !settled) since = Date.now();
    last = state;
    if (Date.now() - since > quiet) return;
  }
  throw new Error(`Nothing settled in ${timeout / 1000} s: ${last}`);
};

const look = async (api: HttpClient): Promise<{ settled: boolean; state: string }> => {
  const runs = await api.call(schedulerRoutes.listRuns, { query: {} });
  const pipelines = await api.call(routerRoutes.listPipelines, { query: {} });
  const documents = await Promise.all(
    pipelines.items.map(({ name }) => api.call(routerRoutes.showPipelineStatus, { params: { name } })),
  );
  return {
    settled: runs.items.every(({ state }) => state === "finished") && documents.every(({ settled }) => settled),
    state: JSON.stringify({ runs: runs.items.map(({ id, counts }) => [id, counts]), documents }),
  };
};
