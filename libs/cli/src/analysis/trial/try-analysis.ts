import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type Manifest, outputFile, parseManifest, type RequestedSlice } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { createProcessSandbox, type Ending, tryAttempt } from "@rollerblade/executors";
import { printMessage, printProblem } from "../../messages.ts";
import { plural } from "../../plural.ts";
import { printJson, type Reading } from "../../print.ts";
import { askedOf } from "../../query/read-asked.ts";
import { findServer, type Server } from "../../server/find-server.ts";
import { sliceName } from "../../slice-name.ts";
import { plainLog } from "../../terminal/escape-controls.ts";
import { write } from "../../terminal/write.ts";
import { manifestFile } from "../create-analysis.ts";
import { findSlices } from "./find-slices.ts";
import { openEnvironments, prepareTrial, type TrialOptions, trialsFolder, wholeMachine } from "./prepare-trial.ts";
import { watchFolder } from "./watch-folder.ts";

/** Options of `analysis try`. */
export type TryOptions = Reading & TrialOptions & { readonly limit: number; readonly watch?: boolean };

/** What became of one slice. */
type Tried = {
  readonly slice: RequestedSlice["slice"];
  readonly outcome: Ending["outcome"];
  readonly reason: string;
  /** Of the command, with the staging of its inputs. */
  readonly seconds: number;
  readonly folder: string;
  /** Files below `out` in the folder. */
  readonly outputs: readonly string[];
};

/** `analysis try PATH`: exit code 8 when a slice failed. */
export const tryAnalysis = async (path: string, options: TryOptions): Promise<void> => {
  const server = await findServer();
  const file = await manifestFile(path);
  if (options.watch !== true) {
    const tried = await tryOnce(server, file, options);
    if (options.json === true) printJson(tried);
    if (tried.some(({ outcome }) => outcome !== "succeeded")) process.exitCode = 8;
    return;
  }
  const changes = watchFolder(dirname(file));
  for (;;) {
    await tryOnce(server, file, options).catch(printProblem);
    printMessage(`\nWaiting for a change in ${dirname(file)}; end with Ctrl-C.`);
    await changes.next();
  }
};

/** Reads the manifest of a process as it is now. @throws Problem `invalid` */
export const readProcessManifest = async (file: string): Promise<Manifest> => {
  const manifest = parseManifest(await readFile(file, "utf8"), basename(file));
  if (manifest.process !== null) return manifest;
  throw new Problem({
    code: "invalid",
    message: `${manifest.name} has no \`process\`, and only processes can be tried as they are in a folder.`,
    subject: "process",
    next: "Add `process` to the manifest, or build the image, create the version and run it with --limit 1.",
  });
};

const tryOnce = async (server: Server, file: string, options: TryOptions): Promise<Tried[]> => {
  const manifest = await readProcessManifest(file);
  const { expression } = await askedOf(server, options.query, options);
  const slices = await findSlices(server, manifest, expression, options.limit);
  const sandbox = createProcessSandbox(trialsFolder(manifest, options), wholeMachine, openEnvironments());
  const abort = new AbortController();
  const tried: Tried[] = [];
  try {
    for (const slice of slices) {
      const begin = performance.now();
      printMessage(`${manifest.name} as it is in ${dirname(file)}, on ${sliceName(slice.slice)}`);
      const { attempt, folder } = await prepareTrial(server, manifest, slice, dirname(file), options, abort.signal);
      const ending = await tryAttempt(sandbox, attempt, folder, (bytes) =>
        write("stderr", plainLog(Buffer.from(bytes).toString())),
      );
      const made = new Set(ending.outputs.map(({ name }) => name));
      const one: Tried = {
        slice: slice.slice,
        outcome: ending.outcome,
        reason: ending.reason,
        seconds: Math.round(performance.now() - begin) / 1000,
        folder: folder.root,
        outputs: manifest.outputs.filter(({ name }) => made.has(name)).map(outputFile),
      };
      tried.push(one);
      report(one);
    }
  } finally {
    sandbox.close();
  }
  if (slices.length > 1) {
    const failed = tried.filter(({ outcome }) => outcome !== "succeeded").length;
    printMessage(`${plural(tried.length, "slice")} tried, ${failed} failed. Nothing was published.`);
  }
  return tried;
};

const report = ({ outcome, reason, seconds, folder, outputs }: Tried): void => {
  const shown = relative(process.cwd(), folder) || folder;
  if (outcome === "succeeded") printMessage(`Succeeded in ${seconds} s: ${outputs.join(", ") || "no outputs"}`);
  else printMessage(plainLog(`${outcome} after ${seconds} s: ${reason}`));
  printMessage(`Inputs: ${join(shown, "in")}\nOutputs: ${join(shown, "out")}`);
};
