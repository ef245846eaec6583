import { type RuleCounts, readAll, routerRoutes } from "@rollerblade/client";
import { plural } from "../plural.ts";
import { type Cell, formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** `pipeline show [NAME]`: the documents in force, or one with its rules and what has become of them. */
export const showPipeline = async (
  name: string | undefined,
  options: Reading & { source?: boolean },
): Promise<void> => {
  const server = await findServer();
  if (name === undefined) await showAll(server, options);
  else if (options.source === true) await showSource(server, name);
  else await showOne(server, name, options);
};

const showAll = async (server: Server, { json }: Reading): Promise<void> => {
  const pipelines = await readAll((after) =>
    server.call(routerRoutes.listPipelines, { query: { limit: 1000, after } }),
  );
  if (json === true) return printJson(pipelines);
  printTable(
    ["document", "datasets", "rules", "tags", "owner", "from", "applied", "refused since"],
    pipelines.map((one) => [
      ...[one.name, one.datasets.join(" "), one.rules.length, one.tags.length, one.owner, one.origin],
      ...[formatTime(one.appliedAt), one.refusal],
    ]),
    "No document is in force. Apply one with `rollerblade pipeline apply FILE`.",
  );
};

const showSource = async (server: Server, name: string): Promise<void> => {
  const { source } = await server.call(routerRoutes.showPipeline, { params: { name } });
  printText(source.trimEnd());
};

const showOne = async (server: Server, name: string, { json }: Reading): Promise<void> => {
  const [document, status] = await Promise.all([
    server.call(routerRoutes.showPipeline, { params: { name } }),
    server.call(routerRoutes.showPipelineStatus, { params: { name } }),
  ]);
  if (json === true) return printJson({ ...document, status });
  const locks = new Map(document.rules.map((rule) => [rule.rule, rule]));
  printText(
    `${name} of ${document.owner}, applied ${formatTime(document.appliedAt)}, for ${document.datasets.join(", ")}`,
  );
  if (document.refusal !== "") printText(`The current text of its source was refused: ${document.refusal}`);
  if (status.unusable !== "") printText(`It acts on nothing until it is applied again: ${status.unusable}`);
  printText(
    status.settled
      ? "Nothing is left to do.\n"
      : `In progress: ${plural(status.dirty, "evaluation")} due, ${plural(status.openBatches, "open upload")}.\n`,
  );
  printTable(
    [
      "rule",
      "runs",
      "slices",
      "asked",
      "executed",
      "cached",
      "in place",
      "failed",
      "waiting",
      "stuck",
      "unknown",
      "ambiguous",
      "not required",
      "not applicable",
    ],
    status.rules.map((rule) => [rule.rule, runsOf(locks.get(rule.rule)), ...countsOf(rule)]),
    "It has no rules.",
  );
};

const runsOf = (lock: { analysis: string; version: string; accepts: readonly string[] } | undefined): Cell => {
  if (lock === undefined) return null;
  const accepted = lock.accepts.length === 0 ? "" : ` (accepts ${lock.accepts.join(", ")})`;
  return `${lock.analysis} ${lock.version}${accepted}`;
};

const countsOf = (rule: RuleCounts): Cell[] => [
  ...[rule.total, rule.asked, rule.ran, rule.cached, rule.inPlace, rule.failed, rule.waiting, rule.stuck],
  ...[rule.unknown, rule.ambiguous, rule.notCalled, rule.notApplicable],
];
