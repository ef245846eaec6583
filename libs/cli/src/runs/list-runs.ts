import { type RunStatus, readAll, schedulerRoutes } from "@rollerblade/client";
import { type Cell, formatTime, printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { countsText, originOf } from "./run-text.ts";

/** Options of `runs list`. */
export type ListOptions = Reading & {
  readonly limit: number;
  readonly state?: "collecting" | "open" | "finished";
  readonly analysis?: string;
};

/** Runs `runs list`: one row for each run, the newest first. */
export const listRuns = async ({ json, limit, state, analysis }: ListOptions): Promise<void> => {
  const server = await findServer();
  const query = { limit: Math.min(limit, 1000), state, analysis };
  const runs = await readAll((after) => server.call(schedulerRoutes.listRuns, { query: { ...query, after } }), limit);
  if (json === true) return printJson(runs);
  printTable(
    ["run", "analysis", "requested by", "state", "slices", "outcomes", "started"],
    runs.map(rowOf),
    "No runs yet. Start one with `rollerblade run ANALYSIS --query EXPR`.",
  );
};

const rowOf = (run: RunStatus): Cell[] => [
  run.id,
  `${run.analysis} ${run.version}`,
  originOf(run),
  run.state,
  run.counts.total,
  countsText(run.counts),
  formatTime(run.createdAt),
];
