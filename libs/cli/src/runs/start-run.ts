import {
  type Manifest,
  manifestFrom,
  type ParameterText,
  parametersOfTexts,
  resolveParameters,
} from "@rollerblade/analysis";
import { type RunPlan, type RunStatus, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, printTable, printText, type Reading } from "../print.ts";
import { askedOf } from "../query/read-asked.ts";
import type { SimpleConditions } from "../query/simple-conditions.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { followRun } from "./follow-run.ts";
import { parseInputs } from "./parse-inputs.ts";
import { parseParameters } from "./parse-parameters.ts";
import { printResults } from "./print-results.ts";
import { countsText } from "./run-text.ts";

const jsonSchema = z.record(z.string(), z.json());

/** What a run asks of its inputs, by their names. */
type Inputs = Record<
  string,
  { readonly analysis?: string; readonly version?: string; readonly parameters?: z.output<typeof jsonSchema> }
>;

/** Options of `run`. */
export type RunOptions = Reading &
  SimpleConditions & {
    readonly query: string;
    readonly param?: readonly string[];
    readonly input?: readonly string[];
    readonly inputParam?: readonly string[];
    readonly priority: "interactive" | "backfill";
    readonly follow?: boolean;
    readonly plan?: boolean;
    readonly limit?: number;
    readonly force?: boolean;
    readonly stopEarly?: boolean;
  };

/** `run ANALYSIS`: exit code 8 when it was followed and something failed. */
export const startRun = async (reference: string, options: RunOptions): Promise<void> => {
  const server = await findServer();
  const [analysis, range = "*"] = splitReference(reference);
  const { parameters, version } = await readParameters(server, analysis, range, parseParameters(options.param ?? []));
  const inputs = await readInputs(server, { analysis, version }, options.input ?? [], options.inputParam ?? []);
  const { expression } = await askedOf(server, options.query, options);
  const { priority, limit = null, force = false, stopEarly = true } = options;
  const body = { analysis, version, query: expression, parameters, inputs, priority, limit, force, stopEarly };
  if (options.plan === true) {
    const plan = await server.call(schedulerRoutes.planRun, { body });
    if (options.json === true) return printJson(plan);
    for (const notice of plan.notices) printMessage(notice);
    return reportPlan(plan);
  }
  const begun = await server.call(schedulerRoutes.createRun, { body });
  for (const notice of begun.notices) printMessage(notice);
  const run = options.follow === true ? await followRun(server, begun) : begun;
  if (options.json === true) printJson(run);
  else {
    report(run);
    if (run.state === "finished" && run.counts.total > 0)
      printResults(await server.call(schedulerRoutes.showRun, { params: { id: run.id } }));
  }
  if (run.counts.failed > 0 || run.reason !== "") process.exitCode = 8;
};

/**
 * Reads parameters by the schema of the version that the range allows now, and asks for that very version: a version that somebody
 * creates meanwhile may give them another meaning.
 */
const readParameters = async (
  server: Server,
  name: string,
  range: string,
  texts: readonly ParameterText[],
): Promise<{ readonly parameters: z.output<typeof jsonSchema>; readonly version: string }> => {
  if (texts.length === 0) return { parameters: {}, version: range };
  const manifest = await showManifest(server, name, range);
  const parameters = parametersOfTexts(manifest, texts);
  resolveParameters(manifest, parameters);
  return { parameters: jsonSchema.parse(parameters), version: manifest.version };
};

const showManifest = async (server: Server, name: string, version: string): Promise<Manifest> => {
  const analysis = await server.call(schedulerRoutes.showAnalysis, { params: { name }, query: { version } });
  return manifestFrom(analysis.manifest, name);
};

/** Reads what inputs are to take; parameters by the schema of the version that is chosen now. */
const readInputs = async (
  server: Server,
  run: { readonly analysis: string; readonly version: string },
  inputs: readonly string[],
  parameters: readonly string[],
): Promise<Inputs> => {
  const choices = parseInputs(inputs, parameters);
  const read: Inputs = {};
  if (choices.length === 0) return read;
  const manifest = await showManifest(server, run.analysis, run.version);
  for (const { name, texts, ...choice } of choices) {
    const declared = manifest.inputs.find((input) => input.name === name);
    // A name that is none, and an analysis that is another, the server answers.
    const isKnown = declared?.kind === "derivative" && (choice.analysis ?? declared.analysis) === declared.analysis;
    read[name] = isKnown
      ? { ...choice, ...(await readParameters(server, declared.analysis, choice.version ?? declared.version, texts)) }
      : choice;
  }
  return read;
};

const reportPlan = (plan: RunPlan): void => {
  printTable(
    ["outcome", "slices"],
    [
      ["to be computed", plan.run],
      ["share an execution", plan.shared],
      ["cached", plan.cached],
      ["in place", plan.inPlace],
      ["refused", plan.refused],
      ["not applicable", plan.notApplicable],
      ["would fail", plan.failed],
    ].filter(([, count]) => count !== 0),
    "No slices match.",
  );
  for (const { reason, count } of plan.reasons) printText(`${count} would fail: ${reason}`);
  printMessage(`${plan.analysis} ${plan.version} would look at ${plural(plan.total, "slice")}. Nothing was changed.`);
};

const report = (run: RunStatus): void => {
  if (run.reason !== "") printMessage(run.reason);
  if (run.state === "finished") printMessage(`Run ${run.id}: ${countsText(run.counts) || noSlices(run)}.`);
  else printMessage(`Run ${run.id} has started; see it with \`rollerblade runs show ${run.id}\`.`);
};

/** Why a run has no slices: the query found no scan, or none that an input could be. */
const noSlices = ({ analysis, version, counts: { leftOut } }: RunStatus): string =>
  leftOut === 0
    ? "no slices match"
    : `nothing to do: no input of ${analysis} ${version} takes any of the ${plural(leftOut, "scan")} found, by suffix and extension`;

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
