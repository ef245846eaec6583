import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type ConversionRequest,
  type ConversionResult,
  conversionProgress,
  conversionResult,
  filesIn,
} from "./conversion-process-files.ts";

/** What a process of a conversion may use. */
export type ProcessLimits = {
  /** Bytes of its folder: the source, what is unpacked of it, and the dataset. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
};

/** How a process is watched while it runs. */
export type Watch = {
  readonly progress: (progress: { readonly phase: string; readonly done: number; readonly of: number }) => void;
  /** Whether it is to be ended, since nobody waits for it any more. */
  readonly isUnwanted: () => Promise<boolean>;
  readonly signal: AbortSignal;
};

/** How it ended: with a result, for a reason that the person can do something about, or without anybody knowing why. */
export type ProcessEnd =
  | { readonly is: "done"; readonly result: ConversionResult }
  | { readonly is: "ended"; readonly why: "unwanted" | "stopping" }
  | { readonly is: "full" }
  | { readonly is: "late"; readonly message: string }
  | { readonly is: "died"; readonly message: string };

/** Milliseconds between two looks at the folder and at whether it is wanted. */
const watchMs = 1_000;

/** MiB of JavaScript objects that the process may hold. */
const maxHeapMib = 1_024;

/**
 * Variables that the process gets: where programs are found and fetched from. Nothing by which the service reaches its database, its
 * bucket or other services.
 */
const passedVariables = /^(?:PATH|HOME|LANG|LC_ALL|XDG_CACHE_HOME|(?:HTTPS?|NO|ALL)_PROXY|PIP_.*)$/i;

/** What reading a bucket takes, where the source lies in one. */
const bucketVariables = /^AWS_/;

/** Carries out a conversion in a process group of its own, with limits, and waits for its end. */
export const runConversionProcess = async (
  folder: string,
  request: ConversionRequest,
  { maxBytes, timeoutMs }: ProcessLimits,
  { progress, isUnwanted, signal }: Watch,
): Promise<ProcessEnd> => {
  const files = filesIn(folder);
  for (const left of [files.result, files.entries]) await rm(left, { force: true });
  await rm(files.temporary, { recursive: true, force: true });
  await mkdir(files.temporary, { recursive: true });
  await writeFile(files.request, JSON.stringify(request), { mode: 0o600 });
  const program = fileURLToPath(new URL("./conversion-process.ts", import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${maxHeapMib}`, program, folder], {
    // The leader of a group: programs that it starts end with it.
    detached: true,
    env: { ...environmentFor(request.source), TMPDIR: files.temporary },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, "SIGKILL");
  };
  const closed = once(child, "close").then(
    () => null,
    (error: unknown) => error,
  );
  const words = text(child.stderr);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const read = conversionProgress.safeParse(parse(line));
    if (read.success) progress(read.data);
  });
  const until = Date.now() + timeoutMs;
  let end: ProcessEnd | null = null;
  for (;;) {
    const isOver = await Promise.race([closed.then(() => true), sleep(watchMs, false)]);
    if (isOver) break;
    if (signal.aborted) end ??= { is: "ended", why: "stopping" };
    else if (Date.now() > until)
      end ??= { is: "late", message: `The conversion took longer than ${Math.round(timeoutMs / 60_000)} minutes.` };
    else if ((await bytesBelow(folder, maxBytes)) > maxBytes) end ??= { is: "full" };
    else if (await isUnwanted()) end ??= { is: "ended", why: "unwanted" };
    if (end !== null) kill();
  }
  if (end !== null) return end;
  const result = conversionResult.safeParse(parse(await readFile(files.result, "utf8").catch(() => "")));
  if (result.success) return { is: "done", result: result.data };
  const last = (await words).trim().split("\n").at(-1) ?? "";
  return { is: "died", message: `The process of the conversion ended without a result. ${last.slice(0, 300)}`.trim() };
};

const environmentFor = (source: string): Record<string, string> => {
  const isInBucket = source.startsWith("s3:");
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && (passedVariables.test(name) || (isInBucket && bucketVariables.test(name)))
        ? [[name, value]]
        : [],
    ),
  );
};

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

/** Bytes of all files below a folder; ends once they are more than `enough`. */
const bytesBelow = async (folder: string, enough: number): Promise<number> => {
  let bytes = 0;
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined && bytes <= enough; at = waiting.pop()) {
    // What is gone between the list and the look is no longer there to be counted.
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else bytes += (await lstat(path).catch(() => null))?.size ?? 0;
    }
  }
  return bytes;
};
