import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import type { Manifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { cleanEnvironment, surroundingsOf, trialCommand } from "@rollerblade/executors";
import { printMessage } from "../../messages.ts";
import { askedOf } from "../../query/read-asked.ts";
import { findServer } from "../../server/find-server.ts";
import { sliceName } from "../../slice-name.ts";
import { manifestFile } from "../create-analysis.ts";
import { findSlices } from "./find-slices.ts";
import { openEnvironments, prepareTrial, type Trial, type TrialOptions } from "./prepare-trial.ts";
import { installation, openTrialSandbox, type TrialSandbox } from "./trial-sandbox.ts";
import { readManifestFile } from "./try-analysis.ts";

/** `analysis shell PATH`: a shell with the inputs, folders and environment that an attempt at one slice would have. */
export const openShell = async (path: string, options: TrialOptions): Promise<void> => {
  const server = await findServer();
  const file = await manifestFile(path);
  const code = dirname(file);
  const manifest = await readManifestFile(file);
  const [slice] = await findSlices(server, manifest, (await askedOf(server, options.query, options)).expression, 1);
  if (slice === undefined) throw new Problem({ code: "not-found", message: "There is no slice.", subject: path });
  const opened = await openTrialSandbox(manifest, options);
  const abort = new AbortController();
  const trial = await prepareTrial(server, manifest, slice, code, options, abort.signal, opened.image);
  const where = sliceName(slice.slice);
  process.exitCode =
    opened.image === null
      ? await shellOfProcess(opened, trial, code, where)
      : await shellOfImage(opened, trial, opened.image, where);
};

const announce = (manifest: Manifest, where: string, argv: readonly string[]): void => {
  printMessage(`${manifest.name} on ${where}. An attempt would run:\n  ${argv.join(" ")}`);
  printMessage(
    "Inputs are in $ROLLERBLADE_IN, outputs belong in $ROLLERBLADE_OUT; nothing is published. End with `exit`.",
  );
};

/** A shell on this machine, in the folder of the code. @returns its exit code */
const shellOfProcess = async (
  { sandbox }: TrialSandbox,
  { attempt, folder }: Trial,
  code: string,
  where: string,
): Promise<number> => {
  const { manifest } = attempt;
  const { environment } = await surroundingsOf(openEnvironments(), manifest, code);
  const { argv } = trialCommand(sandbox, attempt, folder);
  sandbox.close();
  announce(manifest, where, argv);
  const { cpu, memory } = manifest.resources;
  const { TERM = "dumb", SHELL = "/bin/sh" } = process.env;
  const shell = spawn(SHELL, [], {
    cwd: code,
    env: { ...cleanEnvironment({ ...folder, traceparent: "", cpu, memory, environment }), TERM },
    stdio: "inherit",
  });
  const [exitCode]: unknown[] = await once(shell, "exit");
  return typeof exitCode === "number" ? exitCode : 1;
};

/** A shell in a container of the image, with the limits of an attempt. @returns its exit code */
const shellOfImage = async (
  { sandbox }: TrialSandbox,
  { attempt, folder }: Trial,
  image: string,
  where: string,
): Promise<number> => {
  const { imageCommand, openContainerShell } = await import("@rollerblade/executors/docker");
  const command = { ...trialCommand(sandbox, attempt, folder), image };
  announce(attempt.manifest, where, await imageCommand(command));
  return openContainerShell(command, installation, process);
};
