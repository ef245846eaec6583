import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type Manifest, outputFile, parseManifest, type RequestedSlice, splitTreeFile } from "@rollerblade/analysis";
import { type Ending, type Sandbox, tryAttempt } from "@rollerblade/executors";
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
import { prepareTrial, type TrialOptions } from "./prepare-trial.ts";
import { openTrialSandbox } from "./trial-sandbox.ts";
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

/** Reads a manifest as it is now. @throws Problem `invalid` */
export const readManifestFile = async (file: string): Promise<Manifest> =>
  parseManifest(await readFile(file, "utf8"), basename(file));

/** Signals by which people and systems end a command. */
const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ends what runs in a container with the command that waits for it; a process ends with its group. */
const endedWith = async <T>(sandbox: Sandbox, attempt: string, running: Promise<T>): Promise<T> => {
  const end = (): void => void sandbox.kill(attempt).finally(() => process.exit(130));
  if (!sandbox.outlivesUs) return running;
  for (const signal of endSignals) process.once(signal, end);
  return running.finally(() => {
    for (const signal of endSignals) process.off(signal, end);
  });
};

const tryOnce = async (server: Server, file: string, options: TryOptions): Promise<Tried[]> => {
  const manifest = await readManifestFile(file);
  const { expression } = await askedOf(server, options.query, options);
  const slices = await findSlices(server, manifest, expression, options.limit);
  const { sandbox, image } = await openTrialSandbox(manifest, options);
  const abort = new AbortController();
  const tried: Tried[] = [];
  try {
    for (const slice of slices) {
      const begin = performance.now();
      const what = image === null ? `as it is in ${dirname(file)}` : `with the image ${manifest.image} as it is here`;
      printMessage(`${manifest.name} ${what}, on ${sliceName(slice.slice)}`);
      const { signal } = abort;
      const { attempt, folder } = await prepareTrial(server, manifest, slice, dirname(file), options, signal, image);
      const running = tryAttempt(sandbox, attempt, folder, (bytes) =>
        write("stderr", plainLog(Buffer.from(bytes).toString())),
      );
      const ending = await endedWith(sandbox, attempt.id, running);
      const made = new Set(ending.outputs.map(({ name }) => splitTreeFile(name)?.tree ?? name));
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
