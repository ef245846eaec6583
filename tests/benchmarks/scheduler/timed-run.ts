import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes, type HttpClient, type RunStatus, schedulerRoutes } from "@rollerblade/client";

/** A run, and how long it took. */
export type TimedRun = { readonly run: RunStatus; readonly seconds: number };

/**
 * Seconds from the request of a run to the moment when `done` says so.
 * @param intervalMs between two looks: where many slices run for minutes, looking would cost time of what is measured
 */
export const timedRun = async (
  api: HttpClient,
  analysis: string,
  dataset: string,
  done: Done,
  intervalMs?: number,
): Promise<TimedRun> => {
  const begin = performance.now();
  const query = `dataset.name == "${dataset}"`;
  const run = await follow(
    api,
    await api.call(schedulerRoutes.createRun, { body: { analysis, query } }),
    done,
    intervalMs,
  );
  return { run, seconds: (performance.now() - begin) / 1000 };
};

/** Seconds from now until every task of a run is final. */
export const untilFinished = async (api: HttpClient, begun: RunStatus): Promise<TimedRun> => {
  const begin = performance.now();
  const run = await follow(api, begun, finished);
  return { run, seconds: (performance.now() - begin) / 1000 };
};

type Done = (api: HttpClient, run: RunStatus) => Promise<boolean>;

const follow = async (api: HttpClient, begun: RunStatus, done: Done, intervalMs = 10): Promise<RunStatus> => {
  let run = begun;
  while (!(await done(api, run))) {
    await sleep(intervalMs);
    run = await api.call(schedulerRoutes.showRun, { params: { id: run.id } });
  }
  return run;
};

/** Waits until the catalog knows so many scans of a dataset. */
export const indexed = async (api: HttpClient, dataset: string, scans: number): Promise<void> => {
  for (;;) {
    const { items } = await api.call(catalogRoutes.listDatasets, { query: {} });
    if ((items.find(({ name }) => name === dataset)?.scans ?? 0) >= scans) return;
    await sleep(100);
  }
};

/** Every task of the run is final. */
export const finished = async (_: HttpClient, { state }: RunStatus): Promise<boolean> => state === "finished";

/** Every slice of the query has become a task, and every task waits for its execution. */
export const queued = async (api: HttpClient, { id, state }: RunStatus): Promise<boolean> => {
  if (state === "collecting") return false;
  const { items } = await api.call(schedulerRoutes.listTasks, { query: { run: id, state: "open", limit: 1 } });
  return items.length === 0;
};

/** @throws when not exactly so many tasks ended so */
export const requireOutcome = (run: RunStatus, outcome: "ran" | "inPlace" | "cached", tasks: number): void => {
  if (run.counts[outcome] === tasks) return;
  throw new Error(
    `${tasks} tasks of ${run.analysis} should be ${outcome}: ${JSON.stringify(run.counts)} ${run.reason}`,
  );
};
