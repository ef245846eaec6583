import type { Manifest } from "@rollerblade/analysis";
import { processCode } from "./code-identity.ts";
import type { Environments } from "./environments/environments.ts";
import { pythonOf } from "./python-interpreter.ts";

/** What a process finds beside its folder. */
export type Surroundings = {
  /** Folder of the environment that the manifest's lockfile describes; null where it names none. */
  readonly environment: string | null;
  /** Path of the Python interpreter that starts it; null where something else does. */
  readonly python: string | null;
};

/** The part of a manifest that says how its process is started. */
type StartedProcess = Pick<Manifest, "process" | "environment">;

/**
 * Finds what a process is started with; its environment is built where it is not there yet.
 * @throws Problem `invalid` when the environment cannot be built or there is no such interpreter; `unavailable` without uv
 */
export const surroundingsOf = async (
  environments: Environments,
  { process, environment: lockfile }: StartedProcess,
  folder: string,
): Promise<Surroundings> => {
  const environment = lockfile === undefined ? null : await environments.environmentOf(folder, lockfile);
  return { environment, python: await pythonOf((process ?? []).flat(), folder, environment) };
};

/**
 * Identifies the code of a process with its surroundings; see `processCode`.
 * @throws Problem as `surroundingsOf` and `processCode` do
 */
export const identifyProcess = async (
  environments: Environments,
  manifest: StartedProcess,
  folder: string,
): Promise<string> => processCode(folder, (await surroundingsOf(environments, manifest, folder)).python);
