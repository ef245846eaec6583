import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, executablesOnPath, fetchProgram, isExecutable, wheelWays } from "@rollerblade/programs";
import { dcm2niixVersion, dcm2niixWheels } from "./dcm2niix-release.ts";

const execute = promisify(execFile);

/** A `dcm2niix` that can be run. */
export type Dcm2niix = { readonly path: string; readonly version: string };

/** The first release that writes `BidsGuess`. */
const oldest = "20230411";

/**
 * Finds dcm2niix: on PATH where it is new enough, else the one that was fetched before, else fetched now from PyPI's wheel
 * with its pinned hash. @throws Problem `unavailable` that states what each way answered
 */
export const findDcm2niix = async (): Promise<Dcm2niix> => {
  for await (const path of executablesOnPath("dcm2niix")) {
    const version = await versionOf(path);
    if (version !== null && version.slice(-8) >= oldest) return { path, version };
  }
  const path = join(cacheFolder(), `dcm2niix-${dcm2niixVersion}`);
  if (!(await isExecutable(path))) {
    await mkdir(cacheFolder(), { recursive: true });
    const wheel = dcm2niixWheels[`${process.platform}-${process.arch}`];
    const next = `Put dcm2niix on the PATH: by \`pip install dcm2niix==${dcm2niixVersion}\`, or from https://github.com/rordenlab/dcm2niix/releases.`;
    await fetchProgram(
      { name: "dcm2niix", version: dcm2niixVersion, next },
      path,
      wheel === undefined ? [] : wheelWays(wheel),
    );
  }
  return { path, version: dcm2niixVersion };
};

/** It prints `v1.0.20260724`, with exit code 3. */
const versionOf = async (path: string): Promise<string | null> => {
  const { stdout } = await execute(path, ["--version"], { timeout: 10_000 }).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? "",
  }));
  return /v(\d+\.\d+\.\d{8})/.exec(stdout)?.[1] ?? null;
};
