import { type HttpClient, schedulerRoutes } from "@rollerblade/client";
import { every } from "./every.ts";

/** How the tasks of a world ended, counted by analysis and outcome: `brain-mask ran`. */
export type WorkDone = Readonly<Record<string, number>>;

/** Counts every task so far. */
export const workDone = async (api: HttpClient): Promise<WorkDone> => {
  const tasks = await every((after) =>
    api.call(schedulerRoutes.listTasks, { query: { limit: 1_000, ...(after === undefined ? {} : { after }) } }),
  );
  const counts: Record<string, number> = {};
  for (const { analysis, outcome } of tasks) {
    const name = `${analysis} ${outcome}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** What was done between two counts; what did not change is left out. */
export const since = (before: WorkDone, after: WorkDone): WorkDone => {
  const changed = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count !== 0).sort());
};
