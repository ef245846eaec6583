import { type RunStatus, schedulerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { compareOutputs, type Side } from "./compare-outputs.ts";
import { findRunId } from "./find-id.ts";
import { outputsOfRun } from "./run-outputs.ts";

/** Runs `runs compare A B`: exit code 1 where outputs differ, as `query diff` has it. */
export const compareRuns = async (first: string, second: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const [left, right] = [await runOf(server, first), await runOf(server, second)];
  const { differences, same } = compareOutputs(await outputsOfRun(server, left), await outputsOfRun(server, right));
  if (differences.length > 0) process.exitCode = 1;
  if (json === true) return printJson({ left, right, differences, same });
  for (const line of settingsThatDiffer(left, right)) printMessage(line);
  if (differences.length > 0)
    printTable(
      ["slice", "output", left.id, right.id],
      differences.map((one) => [one.slice, one.output, sideText(one.left), sideText(one.right)]),
    );
  printMessage(`${plural(same, "output")} with the same content, ${plural(differences.length, "difference")}.`);
};

const runOf = async (server: Server, text: string): Promise<RunStatus> =>
  server.call(schedulerRoutes.showRun, { params: { id: await findRunId(server, text) } });

/** What the runs were asked differently, one line each. */
const settingsThatDiffer = (left: RunStatus, right: RunStatus): string[] =>
  [
    ["Analysis", `${left.analysis} ${left.version}`, `${right.analysis} ${right.version}`] as const,
    ["Parameters", JSON.stringify(left.parameters), JSON.stringify(right.parameters)] as const,
    ["Query", left.query ?? "–", right.query ?? "–"] as const,
  ].flatMap(([name, one, other]) => (one === other ? [] : [`${name}: ${one} → ${other}`]));

const sideText = ({ outcome, derivative }: Side): string => {
  if (derivative !== null) return `${derivative.sha256.slice("sha256:".length, 19)} ${formatBytes(derivative.size)}`;
  return outcome ?? "not in this run";
};
