import { attemptPrefix } from "@rollerblade/abids/bucket-layout";
import { assetFiles, stagingPlan, treesOf } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import { isAway } from "../away.ts";
import { commandArguments } from "../command-arguments.ts";
import { cancelled, failed, failedExit, outOfDisk } from "../endings.ts";
import type { Attempt, Ending, Executor } from "../executor.ts";
import {
  type AttemptFolder,
  attemptFolder,
  attemptsWithFolders,
  makeAttemptFolder,
  removeAttemptFolder,
} from "./attempt-folder.ts";
import { collectOutputs, expectedOutputs } from "./collect-outputs.ts";
import { watchDisk } from "./disk-watch.ts";
import type { Gate } from "./gate.ts";
import { createKeptStages, type KeptStages, type Stage } from "./kept-stages.ts";
import type { Command, Exit, Sandbox } from "./sandbox.ts";
import { InputChanged, stageIn } from "./stage-in.ts";

/** What a local executor is made of. */
type LocalExecutorOptions = {
  readonly objects: ObjectStore;
  /** Folder of the attempts, made by `makePrivateFolder`. */
  readonly scratch: string;
  readonly sandbox: Sandbox;
  /** Shared by everything that runs on this machine. */
  readonly gate: Gate;
};

type Parts = LocalExecutorOptions & { readonly stages: KeptStages };

/** Runs attempts on this machine: fetches the inputs, runs the command in a sandbox, checks and stores the outputs. */
export const createLocalExecutor = (options: LocalExecutorOptions): Executor => {
  const stages = createKeptStages();
  const parts: Parts = { ...options, stages };
  const { sandbox, scratch } = parts;
  const running = new Map<string, { readonly ending: Promise<Ending>; readonly abort: AbortController }>();

  const track = (attempt: Attempt, run: (signal: AbortSignal) => Promise<Ending>): Promise<Ending> => {
    const abort = new AbortController();
    const ending = run(abort.signal).finally(() => running.delete(attempt.id));
    running.set(attempt.id, { ending, abort });
    return ending;
  };
  return {
    kind: sandbox.kind,
    capacity: sandbox.capacity,
    outlivesUs: sandbox.outlivesUs,
    submit(attempt) {
      if (!running.has(attempt.id)) void track(attempt, (signal) => runAttempt(parts, attempt, signal));
    },
    observe: (attempt) =>
      running.get(attempt.id)?.ending ?? track(attempt, (signal) => adoptAttempt(parts, attempt, signal)),
    follow: async (attempt) => (running.has(attempt) ? sandbox.follow(attempt) : null),
    async cancel(attempt) {
      running.get(attempt)?.abort.abort();
      await sandbox.kill(attempt);
    },
    async reconcile(wanted) {
      const found = new Set([...(await sandbox.present()), ...(await attemptsWithFolders(scratch))]);
      for (const attempt of [...running.keys(), ...stages.attempts()]) found.delete(attempt);
      const kept = await wanted([...found]);
      const failures: unknown[] = [];
      for (const attempt of found) {
        if (kept.has(attempt) || running.has(attempt)) continue;
        await sweep(parts, attempt).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} leftovers could not be removed`);
    },
    async close() {
      if (sandbox.outlivesUs) return stages.close();
      const all = [...running];
      for (const [attempt, { abort }] of all) {
        abort.abort();
        await sandbox.kill(attempt);
      }
      await Promise.allSettled(all.map(([, { ending }]) => ending));
      sandbox.close();
      await stages.close();
    },
  };
};

const sweep = async ({ sandbox, scratch }: Parts, attempt: string): Promise<void> => {
  await sandbox.sweep(attempt);
  await removeAttemptFolder(attemptFolder(scratch, attempt));
};

const runAttempt = async (parts: Parts, attempt: Attempt, signal: AbortSignal): Promise<Ending> => {
  const folder = attemptFolder(parts.scratch, attempt.id);
  let kept: Stage | null = null;
  try {
    const fault = await parts.sandbox.faultOfCode(attempt);
    if (fault !== null) return failed("code-changed", fault);
    makeAttemptFolder(
      folder,
      treesOf(attempt.manifest).map(({ name }) => name),
    );
    const stage = await stageAttempt(parts, attempt, folder, signal);
    const command = commandOf(parts.sandbox, attempt, folder);
    const exit = await parts.gate.run(command, async () =>
      signal.aborted ? null : limitDisk(parts, attempt, folder, () => parts.sandbox.run(command)),
    );
    // Whatever may still run could still write.
    if (exit === null || hasEnded(exit)) kept = stage;
    return exit === null ? cancelled() : await judge(parts, attempt, folder, exit, signal);
  } catch (error) {
    return endingOf(error, signal);
  } finally {
    // Nobody waits for it; what stays behind, the next reconciliation removes.
    (kept === null ? removeAttemptFolder(folder) : parts.stages.keep(kept)).catch(() => {});
  }
};

/** An exit, with the bytes that it wrote when it was ended for them. */
type LimitedExit = Exit & { readonly overDisk: number | null };

/** Has a command ended that takes more of the disk than its manifest asks for; what others need is on the same disk. */
export const limitDisk = async (
  { sandbox }: Pick<Parts, "sandbox">,
  attempt: Attempt,
  folder: AttemptFolder,
  run: () => Promise<Exit | null>,
): Promise<LimitedExit | null> => {
  const watch = watchDisk(
    [folder.out, folder.tmp],
    attempt.manifest.resources.disk,
    () => void sandbox.kill(attempt.id),
  );
  try {
    const exit = await run();
    return exit === null ? null : { ...exit, overDisk: watch.exceeded() };
  } finally {
    watch.stop();
  }
};

/** Whether nothing of the command runs any more. */
const hasEnded = ({ how }: Exit): boolean => ["exited", "out-of-memory", "timed-out", "cancelled"].includes(how);

/** Brings the inputs in: those that an earlier attempt at the same slice had, from there, the others from the store. */
const stageAttempt = async (
  { objects, stages }: Parts,
  attempt: Attempt,
  folder: AttemptFolder,
  signal: AbortSignal,
): Promise<Stage | null> => {
  const plan = [
    ...stagingPlan(attempt.manifest, attempt.slice, attempt.parameters),
    ...assetFiles(attempt.assets ?? []),
  ];
  const work = JSON.stringify([attempt.manifest.name, attempt.slice.slice]);
  const missing = await stages.reuse(work, plan, folder);
  await stageIn(objects, missing, folder, signal);
  return stages.seal(work, plan, folder);
};

const adoptAttempt = async (parts: Parts, attempt: Attempt, signal: AbortSignal): Promise<Ending> => {
  const folder = attemptFolder(parts.scratch, attempt.id);
  try {
    const exit = await limitDisk(parts, attempt, folder, () => parts.sandbox.adopt(withoutArguments(attempt, folder)));
    if (exit === null) return failed("lost", "the process that watched it ended");
    return await judge(parts, attempt, folder, exit, signal);
  } catch (error) {
    return endingOf(error, signal);
  } finally {
    await sweep(parts, attempt.id);
  }
};

const withoutArguments = (attempt: Attempt, folder: AttemptFolder): Omit<Command, "argv"> => ({
  attempt: attempt.id,
  folder,
  image: attempt.image,
  code: attempt.folder,
  network: attempt.manifest.network ?? null,
  startIn: attempt.manifest.workingDirectory ?? null,
  manifest: attempt.manifest,
  cpu: attempt.manifest.resources.cpu,
  memory: attempt.memory,
  timeout: attempt.manifest.resources.timeout,
  traceparent: attempt.traceparent,
});

/** The command of an attempt, with the paths that its files have in the sandbox. @throws Problem `invalid` */
export const commandOf = (sandbox: Sandbox, attempt: Attempt, folder: AttemptFolder): Command => {
  const argv = commandArguments(sandbox.argvOf(attempt.manifest), attempt, sandbox.pathsOf(folder));
  return { ...withoutArguments(attempt, folder), argv };
};

const judge = async (
  { objects, sandbox }: Parts,
  attempt: Attempt,
  folder: AttemptFolder,
  exit: LimitedExit,
  signal: AbortSignal,
): Promise<Ending> => {
  if (exit.overDisk !== null && !signal.aborted)
    return failed("out-of-disk", outOfDisk(exit.overDisk, attempt.manifest.resources.disk), exit);
  if (signal.aborted || exit.how === "cancelled") return cancelled(exit.log);
  if (exit.how !== "exited" || exit.exitCode !== 0) return failedExit(attempt, exit);
  // What was edited while it ran may have run in part.
  const edited = await sandbox.faultOfCode(attempt);
  if (edited !== null) return failed("code-changed", edited, exit);
  const collected = await collectOutputs(
    objects,
    expectedOutputs(attempt),
    folder,
    attemptPrefix(attempt.execution, attempt.id),
  );
  if ("fault" in collected) return failed("bad-output", collected.fault, exit);
  return { outcome: "succeeded", reason: "", exitCode: 0, outputs: collected.outputs, log: exit.log };
};

const endingOf = (error: unknown, signal: AbortSignal): Ending => {
  if (signal.aborted) return cancelled();
  if (error instanceof InputChanged) return failed("input-changed", error.message);
  const { code, message } = Problem.from(error);
  // A refusal stays one however often it is tried.
  if (code === "invalid") return failed("refused", message);
  return failed(isAway(error) ? "unavailable" : "failed", message);
};
