import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { outputFile, type StagedFile, stagingPlan } from "@rollerblade/analysis";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { failed, failedExit, outOfDisk } from "../endings.ts";
import type { Attempt, Ending } from "../executor.ts";
import { type AttemptFolder, stagedAt } from "./attempt-folder.ts";
import { collectOutputs, expectedOutputs } from "./collect-outputs.ts";
import { commandOf, limitDisk } from "./local-executor.ts";
import type { Command, Sandbox } from "./sandbox.ts";
import { InputChanged, makeFolders, writeTexts } from "./stage-in.ts";

/** A file of the plan that is an object of the bucket. */
type StagedObject = Extract<StagedFile, { kind: "object" }>;

/** Reads the content of an input from wherever it is to be had. */
export type FetchInput = (file: StagedObject) => Promise<Readable>;

/** Files that are fetched at once. */
const concurrentFiles = 4;

/**
 * Puts the inputs of an attempt into its folder, from wherever they are to be had; content is checked against its hash on the way.
 * @throws InputChanged when a file holds something else
 */
export const stageTrial = async (
  { manifest, slice, parameters }: Pick<Attempt, "manifest" | "slice" | "parameters">,
  folder: AttemptFolder,
  fetchInput: FetchInput,
  signal: AbortSignal,
): Promise<void> => {
  const plan = stagingPlan(manifest, slice, parameters);
  makeFolders(plan, folder);
  await writeTexts(plan, folder, signal);
  const files = pLimit(concurrentFiles);
  await Promise.all(
    plan.flatMap((file) =>
      file.kind === "object" ? [files(() => store(file, stagedAt(folder, file), fetchInput, signal))] : [],
    ),
  );
};

const store = async (file: StagedObject, target: string, fetchInput: FetchInput, signal: AbortSignal) => {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(await fetchInput(file), hashing, createWriteStream(target, { flags: "wx" }), {
    signal,
  });
  if (`sha256:${hash.digest("hex")}` !== file.sha256)
    throw new InputChanged(`${file.dataset}/${file.source} is no longer what was found`);
};

/** Accepts outputs and keeps nothing: they stay in the folder of the attempt. */
const nowhere: Pick<ObjectStore, "put"> = {
  async put(_key, body) {
    if (!(body instanceof Uint8Array)) for await (const _chunk of body);
    return { size: 0, sha256: "" };
  },
};

/**
 * Runs an attempt once, in folders that stay, and checks what it leaves there as any attempt is checked; nothing is stored. The code
 * runs as it is now, whatever it was when a version of it was created.
 * @param onOutput is called with what the command writes, as it is written
 */
export const tryAttempt = async (
  sandbox: Sandbox,
  attempt: Attempt,
  folder: AttemptFolder,
  onOutput: (bytes: Uint8Array) => void,
): Promise<Ending> => {
  const command = commandOf(sandbox, attempt, folder);
  const running = limitDisk({ sandbox }, attempt, folder, () => sandbox.run(command));
  // A sandbox does not keep the process alive by itself, and nothing else may be under way.
  const alive = setInterval(() => {}, keepAliveMs);
  const [exit] = await Promise.all([running, follow(sandbox, attempt.id, running, onOutput)]).finally(() =>
    clearInterval(alive),
  );
  if (exit === null) return failed("lost", "nothing is known of it");
  if (exit.overDisk !== null)
    return failed("out-of-disk", outOfDisk(exit.overDisk, attempt.manifest.resources.disk), exit);
  if (exit.how !== "exited" || exit.exitCode !== 0) return failedExit(attempt, exit);
  const collected = await collectOutputs(nowhere, expectedOutputs(attempt), folder, "");
  if ("fault" in collected) return failed("bad-output", `${collected.fault}${besideCode(attempt)}`, exit);
  return { outcome: "succeeded", reason: "", exitCode: 0, outputs: collected.outputs, log: exit.log };
};

/** Advice where an output lies beside the code: a relative path leads there. */
const besideCode = ({ folder, manifest }: Attempt): string => {
  if (folder === null) return "";
  const found = manifest.outputs.map(outputFile).find((name) => existsSync(join(folder, name)));
  return found === undefined
    ? ""
    : `; ${found} lies in the folder of the code: outputs belong in $ROLLERBLADE_OUT, and relative paths do not lead there`;
};

/** The command that an attempt would be started with in its folder. @throws Problem `invalid` */
export const trialCommand = (sandbox: Sandbox, attempt: Attempt, folder: AttemptFolder): Command =>
  commandOf(sandbox, attempt, folder);

/** Milliseconds of a timer that only has to be there: a minute wakes nobody often. */
const keepAliveMs = 60_000;

/** Milliseconds between two looks whether a command has begun, which only takes some of them. */
const beginPollMs = 10;

const follow = async (
  sandbox: Sandbox,
  attempt: string,
  running: Promise<{ readonly log: string } | null>,
  onOutput: (bytes: Uint8Array) => void,
): Promise<void> => {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  running.then(end, end);
  let live = await sandbox.follow(attempt);
  while (live === null && !ended) {
    await sleep(beginPollMs);
    live = await sandbox.follow(attempt);
  }
  let received = false;
  for await (const bytes of live ?? []) {
    received = true;
    onOutput(bytes);
  }
  if (received) return;
  // It was over before anybody could listen, or while somebody began to.
  const exit = await running;
  if (exit !== null && exit.log !== "") onOutput(Buffer.from(exit.log));
};
