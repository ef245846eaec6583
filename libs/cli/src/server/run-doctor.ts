import type { MigratedService } from "@rollerblade/database";
import { bad, type Diagnosis, examineInstallation } from "@rollerblade/doctor";
import { Problem } from "@rollerblade/errors";
import { type CommonSettings, readSettings } from "@rollerblade/service-kit";
import { printJson, printText, type Reading } from "../print.ts";
import { paint } from "../terminal/paint.ts";
import { readServerFile } from "./server-file.ts";
import { serverFolder } from "./server-folder.ts";

/** Options of `doctor`. */
export type DoctorOptions = Reading & { readonly pods?: boolean };

/**
 * `rollerblade doctor`: checks everything that the services need, and prints what is wrong and how to fix it. Exit code
 * 8 when something is bad. In a Pod of a service it reads that service's own variables; else it looks at what
 * `rollerblade up` has started here.
 */
export const runDoctor = async (
  schemas: readonly MigratedService[],
  { json, pods = true }: DoctorOptions,
): Promise<void> => {
  const findings = await examineAll(schemas, pods);
  const well = findings.every(({ state }) => state !== "bad");
  if (!well) process.exitCode = 8;
  if (json === true) return printJson({ well, findings });
  for (const finding of findings) printText(textOf(finding));
};

const examineAll = async (schemas: readonly MigratedService[], pods: boolean): Promise<readonly Diagnosis[]> => {
  const { settings, diagnoses } = await settingsHere();
  if (settings === null) return diagnoses;
  return examineInstallation({ settings, schemas, pods });
};

/** The settings of this process' environment, else those of the server that runs here. */
const settingsHere = async (): Promise<{ settings: CommonSettings | null; diagnoses: readonly Diagnosis[] }> => {
  try {
    if ((process.env.ROLLERBLADE_DATABASE_URL ?? "") !== "") return { settings: readSettings(), diagnoses: [] };
    const running = await readServerFile(serverFolder());
    if (running?.settings === undefined) return { settings: null, diagnoses: [nothingHere] };
    return { settings: readSettings({ ...running.settings }), diagnoses: [] };
  } catch (error) {
    const problem = Problem.from(error);
    const faults = problem.findings.map(({ where, message }) =>
      bad("settings", `${where} ${message}.`, "docs/reference/configuration.md lists them all."),
    );
    return {
      settings: null,
      diagnoses: faults.length > 0 ? faults : [bad("settings", problem.message, problem.next ?? "")],
    };
  }
};

const nothingHere = bad(
  "settings",
  "No server runs here, and no environment variable names one.",
  "Start one with `rollerblade up`, or run this where the services run: kubectl exec deploy/rollerblade-scheduler -- rollerblade doctor",
);

const marks = { good: paint.green("✔"), warning: paint.yellow("!"), bad: paint.red("✘") };

const textOf = ({ check, state, message, next }: Diagnosis): string =>
  [
    `${marks[state]} ${paint.bold(check)}: ${message}`,
    ...(next === undefined ? [] : [`    ${paint.cyan("Next:")} ${next}`]),
  ].join("\n");
