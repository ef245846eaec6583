import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { faultOfDatasetName } from "@rollerblade/abids";
import {
  type Convert,
  countEntries,
  openConversion,
  planDocument,
  readMapping,
  readyMapping,
  readyMappings,
  suggestMapping,
  type WriteReport,
} from "@rollerblade/convert";
import { Problem } from "@rollerblade/errors";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { printLine, printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, printTable, printText, type Reading } from "../print.ts";
import { showStep } from "../progress/show-steps.ts";
import { resumable } from "../resumable.ts";
import { importFolder } from "./import-folder.ts";
import { printPlan } from "./print-plan.ts";

/** Options of `dataset convert`. */
export type ConvertFlags = Reading & {
  readonly mapping?: string;
  readonly suggest?: boolean;
  readonly plan?: boolean;
  readonly out?: string;
  readonly to?: string;
  readonly labels?: string;
  readonly report?: string;
  readonly force?: boolean;
};

/** `dataset convert SOURCE`: suggests a mapping, shows a plan, or writes the dataset and imports it. */
export const convertSource = async (source: string, flags: ConvertFlags): Promise<void> => {
  if (flags.suggest === true) return printText((await suggestMapping(source)).trimEnd());
  const mapping = readMapping(...mappingIn(flags));
  const directory = flags.plan === true ? null : directoryOf(flags);
  const conversion = await showStep(
    "Plan",
    (show) =>
      openConversion({
        ...{ source, mapping },
        ...(flags.labels !== undefined && { labels: flags.labels }),
        ...(directory !== null && { directory }),
        progress: (phase, done, total) => show({ done, total, unit: phase === "files" ? "files seen" : "series read" }),
      }),
    ({ plan }) => `${plural(plan.entries.length, "file")}, ${plural(plan.work.length, "image")}`,
  );
  try {
    if (directory === null) showPlan(conversion, flags);
    else await resumable(() => write(conversion, directory, flags));
  } finally {
    conversion.close();
  }
};

const mappingIn = ({ mapping }: ConvertFlags): [file: string, text: string] => {
  if (mapping === undefined)
    throw new Problem({
      code: "invalid",
      message: "A conversion needs a mapping.",
      subject: "--mapping",
      next: "Give --mapping FILE; --suggest prints one to begin with.",
    });
  if (existsSync(mapping)) return [mapping, readFileSync(mapping, "utf8")];
  const ready = readyMapping(mapping);
  if (ready !== null) return [mapping, ready];
  throw new Problem({
    code: "not-found",
    message: `There is no mapping ${mapping}.`,
    subject: mapping,
    next: `Give a file, or one of the ready mappings: ${readyMappings().join(", ")}.`,
  });
};

/** With `--to` alone the dataset is kept where the next conversion finds what it need not make again. */
const directoryOf = ({ out, to }: ConvertFlags): string => {
  if (out !== undefined) return out;
  if (to === undefined)
    throw new Problem({
      code: "invalid",
      message: "No destination was given for the dataset.",
      subject: "--out",
      next: "Give --out FOLDER, --to NAME, or --plan to see what would be written.",
    });
  const fault = faultOfDatasetName(to);
  if (fault !== null)
    throw new Problem({ code: "invalid", message: `${to} is not a valid name: ${fault}.`, subject: "--to" });
  return join(process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "rollerblade", "converted", to);
};

const showPlan = ({ plan }: Convert, flags: ConvertFlags): void => {
  if (flags.report !== undefined) writeReport(flags.report, plan, null);
  if (flags.json === true) printJson(planDocument(plan));
  else printPlan(plan);
  const isBad =
    plan.findings.some(({ severity }) => severity === "error") ||
    plan.judgement.some(({ severity }) => severity === "error");
  if (isBad) process.exitCode = 1;
};

const writeReport = (file: string, plan: Convert["plan"], report: WriteReport | null): void =>
  writeFileSync(
    file,
    `${JSON.stringify({ ...planDocument(plan), ...(report !== null && { written: report }) }, null, 2)}\n`,
    { mode: 0o600 },
  );

const write = async ({ plan, write: carryOut }: Convert, directory: string, flags: ConvertFlags): Promise<void> => {
  const report = await showStep(
    "Convert",
    (show) =>
      carryOut(directory, {
        ...(flags.force !== undefined && { force: flags.force }),
        progress: (done, total) => show({ done, total, unit: "images" }),
      }),
    ({ converted, unchanged }) => `${converted} converted, ${unchanged} unchanged`,
  );
  if (flags.report !== undefined) writeReport(flags.report, plan, report);
  const errors = errorsIn(directory);
  if (flags.json === true)
    printJson({ directory, ...report, entries: countEntries(plan.entries), bidsErrors: errors.length });
  else printWritten(directory, report);
  for (const { file, message } of errors.slice(0, 20)) printLine(`${file}: ${message}`);
  for (const { where, message } of report.failures) printLine(`${where}: ${message}`);
  if (report.failures.length > 0 || errors.length > 0) process.exitCode = 1;
  if (report.failures.length > 0)
    throw new Problem({
      code: "invalid",
      message: `${plural(report.failures.length, "image")} could not be made; everything else is in ${directory}.`,
      subject: directory,
      findings: report.failures,
    });
  if (flags.to !== undefined) await importFolder(directory, { name: flags.to });
};

const errorsIn = (directory: string) => {
  const errors: { file: string; message: string }[] = [];
  for (const file of indexFolder(directory, { tables: true }))
    errors.push(...file.findings.filter(({ severity }) => severity === "error"));
  return errors;
};

const printWritten = (directory: string, { converted, unchanged, removed, removals, messages }: WriteReport): void => {
  printTable(
    ["images", "count"],
    [
      ["converted", converted],
      ["unchanged", unchanged],
      ["removed", removed],
    ],
  );
  if (removals.length > 0) {
    const keys = Map.groupBy(removals, ({ what }) => what);
    const shown = [...keys].sort(([, a], [, b]) => b.length - a.length).slice(0, 8);
    printMessage(
      `De-identification took out ${plural(removals.length, "value")}: ${shown.map(([what, all]) => `${what} (${all.length})`).join(", ")}${keys.size > shown.length ? " …" : ""}`,
    );
  }
  for (const message of messages.slice(0, 10)) printMessage(`dcm2niix: ${message}`);
  printMessage(`The dataset is in ${directory}.`);
};
