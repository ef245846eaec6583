import { type RunInput, type RunStatus, readAll, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { formatBytes, formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";
import { findRunId } from "./find-id.ts";
import { printResults } from "./print-results.ts";
import { outputsOfRun } from "./run-outputs.ts";
import { countsText, originOf, taskState } from "./run-text.ts";

/** Options of `runs show`. */
export type ShowOptions = Reading & { readonly limit: number; readonly outputs?: boolean };

/** `runs show RUN`: how far it is, and its tasks, those that failed first. */
export const showRun = async (text: string, { json, limit, outputs }: ShowOptions): Promise<void> => {
  const server = await findServer();
  const id = await findRunId(server, text);
  const run = await server.call(schedulerRoutes.showRun, { params: { id } });
  const tasks = await tasksOf(server, id, limit);
  const made = outputs === true ? (await outputsOfRun(server, run)).flatMap((one) => one.outputs) : null;
  if (json === true) return printJson({ ...run, tasks, ...(made === null ? {} : { derivatives: made }) });
  for (const [label, value] of [...linesOf(run), ...run.inputs.map(inputLine)])
    printText(`${`${label}:`.padEnd(14)}${value}`);
  printText("");
  printTable(
    ["task", "slice", "state", "why"],
    tasks.map((task) => [task.id, sliceName(task.slice), taskState(task), task.reason]),
  );
  if (run.counts.total > tasks.length)
    printMessage(`${tasks.length} of ${run.counts.total} tasks are shown; see more with --limit.`);
  if (made !== null) {
    printText("");
    printTable(
      ["derivative", "output", "file", "size"],
      made.map((one) => [one.id, one.output, `${one.dataset}/${one.path}`, formatBytes(one.size)]),
      "No outputs.",
    );
  }
  printResults(run);
};

/** Failed ones first, the others in the order in which they were made. */
const tasksOf = async (server: Server, run: string, limit: number): Promise<TaskStatus[]> => {
  const size = Math.min(limit, 1000);
  const query = { run, limit: size };
  const failed = await readAll(
    (after) => server.call(schedulerRoutes.listTasks, { query: { ...query, outcome: "failed", after } }),
    limit,
  );
  const all = await readAll((after) => server.call(schedulerRoutes.listTasks, { query: { ...query, after } }), limit);
  return [...failed, ...all.filter(({ outcome }) => outcome !== "failed")].slice(0, limit);
};

const linesOf = (run: RunStatus): [string, string][] => [
  ["Run", run.id],
  ["Analysis", `${run.analysis} ${run.version}`],
  ["Requested by", originOf(run)],
  ["Query", run.query ?? "–"],
  ["Parameters", JSON.stringify(run.parameters)],
  ["State", run.reason === "" ? run.state : `${run.state}: ${run.reason}`],
  [
    "Slices",
    `${run.counts.total} (${[countsText(run.counts), ...openText(run)].filter((text) => text !== "").join(", ")})`,
  ],
  ["Started", formatTime(run.createdAt)],
  ["Finished", formatTime(run.finishedAt)],
];

const inputLine = ({ input, analysis, version, parameters }: RunInput): [string, string] => [
  `Input ${input}`,
  `${analysis} ${version} ${JSON.stringify(parameters)}`,
];

const openText = ({ counts }: RunStatus): string[] => (counts.open === 0 ? [] : [`${counts.open} open`]);
