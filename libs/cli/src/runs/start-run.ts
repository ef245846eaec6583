import { type RunStatus, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { followRun } from "./follow-run.ts";
import { parseParameters } from "./parse-parameters.ts";
import { countsText } from "./run-text.ts";

/** Options of `run`. */
export type RunOptions = Reading & {
  readonly query: string;
  readonly param?: readonly string[];
  readonly priority: "interactive" | "backfill";
  readonly follow?: boolean;
};

/** `run ANALYSIS`: exit code 8 when it was followed and something failed. */
export const startRun = async (reference: string, options: RunOptions): Promise<void> => {
  const server = await findServer();
  const [analysis, version = "*"] = splitReference(reference);
  const body = {
    analysis,
    version,
    query: options.query,
    parameters: parseParameters(options.param ?? []),
    priority: options.priority,
  };
  const begun = await server.call(schedulerRoutes.createRun, { body });
  const run = options.follow === true ? await followRun(server, begun) : begun;
  if (options.json === true) printJson(run);
  else report(run);
  if (run.counts.failed > 0 || run.reason !== "") process.exitCode = 8;
};

const report = (run: RunStatus): void => {
  if (run.reason !== "") printMessage(run.reason);
  if (run.state === "finished") printMessage(`Run ${run.id}: ${countsText(run.counts) || "no slices match"}.`);
  else printMessage(`Run ${run.id} has started; see it with \`rollerblade runs show ${run.id}\`.`);
  if (run.counts.failed > 0) printMessage(`See why with \`rollerblade runs show ${run.id}\`.`);
};

const splitReference = (reference: string): [string, string?] => {
  const [name, version, ...rest] = reference.split("@");
  if (name !== undefined && name !== "" && rest.length === 0) return version === undefined ? [name] : [name, version];
  throw new Problem({
    code: "invalid",
    message: `"${reference}" is not a reference to an analysis.`,
    subject: reference,
    next: "Write NAME or NAME@RANGE, like brain-mask@^1.",
  });
};
