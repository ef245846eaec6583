import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import type { Manifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { cleanEnvironment, createProcessSandbox, surroundingsOf, trialArguments } from "@rollerblade/executors";
import { printMessage } from "../../messages.ts";
import { askedOf } from "../../query/read-asked.ts";
import { findServer } from "../../server/find-server.ts";
import { sliceName } from "../../slice-name.ts";
import { manifestFile } from "../create-analysis.ts";
import { findSlices } from "./find-slices.ts";
import { openEnvironments, prepareTrial, type TrialOptions, trialsFolder, wholeMachine } from "./prepare-trial.ts";
import { readManifestFile } from "./try-analysis.ts";

/** An image is not a folder that a shell could open in. */
const noProcess = ({ name, image }: Manifest): Problem =>
  new Problem({
    code: "invalid",
    message: `${name} runs an image, and a shell opens in the folder of a process.`,
    subject: name,
    next: `Run \`rollerblade analysis try\` first, which keeps the inputs, and open a shell in the image with \`docker run --rm -it --entrypoint sh -v FOLDER/in:/rollerblade/in:ro ${image ?? "IMAGE"}\`.`,
  });

/** `analysis shell PATH`: a shell in the folder of the code, with the inputs, folders and environment of one slice. */
export const openShell = async (path: string, options: TrialOptions): Promise<void> => {
  const server = await findServer();
  const file = await manifestFile(path);
  const code = dirname(file);
  const manifest = await readManifestFile(file);
  if (manifest.process === null) throw noProcess(manifest);
  const [slice] = await findSlices(server, manifest, (await askedOf(server, options.query, options)).expression, 1);
  if (slice === undefined) throw new Problem({ code: "not-found", message: "There is no slice.", subject: path });
  const abort = new AbortController();
  const { attempt, folder } = await prepareTrial(server, manifest, slice, code, options, abort.signal);
  const environments = openEnvironments();
  const { environment } = await surroundingsOf(environments, manifest, code);
  const sandbox = createProcessSandbox(trialsFolder(manifest, options), wholeMachine, environments);
  const argv = trialArguments(sandbox, attempt, folder);
  sandbox.close();
  printMessage(`${manifest.name} on ${sliceName(slice.slice)}. An attempt would run:\n  ${argv.join(" ")}`);
  printMessage(
    "Inputs are in $ROLLERBLADE_IN, outputs belong in $ROLLERBLADE_OUT; nothing is published. End with `exit`.",
  );
  const { cpu, memory } = manifest.resources;
  const { TERM = "dumb", SHELL = "/bin/sh" } = process.env;
  const shell = spawn(SHELL, [], {
    cwd: code,
    env: { ...cleanEnvironment({ ...folder, traceparent: "", cpu, memory, environment }), TERM },
    stdio: "inherit",
  });
  const [exitCode]: unknown[] = await once(shell, "exit");
  if (typeof exitCode === "number") process.exitCode = exitCode;
};
