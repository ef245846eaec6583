import { formatBytes } from "@rollerblade/analysis";
import { endOf } from "./bounded-log.ts";
import type { Attempt, AttemptOutcome, Ending } from "./executor.ts";
import type { Exit } from "./local/sandbox.ts";
import { exceptionOf } from "./python-traceback.ts";

/** Exit code by which an analysis reports that its input can never be used (`EX_DATAERR` of sysexits.h). */
const badInput = 65;

/**
 * Exit codes by which a command reports that another attempt is of no use: `EX_USAGE` and `EX_CONFIG` of sysexits.h, and those of a
 * shell for a program that cannot be executed or is not found (POSIX, 2.8.2).
 */
const nonRetryable: ReadonlyMap<number | null, string> = new Map([
  [64, "it was used wrongly"],
  [78, "its configuration is wrong"],
  [126, "a program cannot be executed"],
  [127, "a program was not found"],
]);

/** The reason of an attempt that ran out of memory, which was limited to so many bytes. */
export const outOfMemory = (memory: number): string => `ran out of memory: it used more than ${formatBytes(memory)}`;

/** The reason of an attempt that took so much of the disk, of which it was limited to less. */
export const outOfDisk = (used: number, disk: number): string =>
  `ran out of disk: it wrote ${Math.ceil(used / 2 ** 20)}Mi, of which it may have ${formatBytes(disk)} (\`resources.disk\`)`;

/** What it means that a command came to its end in another way than well. */
export const failedExit = (attempt: Pick<Attempt, "memory" | "manifest">, exit: Exit): Ending => {
  switch (exit.how) {
    case "not-started":
      return failed("failed", `could not be started: ${exit.reason ?? "no reason is known"}`, exit);
    case "lost":
      return failed("lost", exit.reason ?? "", exit);
    case "ended-watcher":
      return failed(
        "failed",
        "the process that watches the command was ended while it ran, most likely by the command",
        exit,
      );
    case "out-of-memory":
      return failed("out-of-memory", outOfMemory(attempt.memory), exit);
    case "timed-out":
      return failed("timed-out", `took longer than ${attempt.manifest.resources.timeout} s`, exit);
    default:
      return failed(outcomeOf(exit.exitCode), describeExit(exit), exit);
  }
};

const outcomeOf = (exitCode: number | null): AttemptOutcome =>
  exitCode === badInput ? "bad-input" : nonRetryable.has(exitCode) ? "non-retryable" : "failed";

const describeExit = ({ exitCode, signal, log }: Exit): string => {
  const end = exceptionOf(log) ?? endOf(log);
  const how = exitCode === null ? `was ended by ${signal ?? "a signal"}` : `exit code ${exitCode}`;
  const known = exitCode === badInput ? "its input cannot be used" : nonRetryable.get(exitCode);
  const meaning = known === undefined ? how : `${how} (${known})`;
  return end === "" ? meaning : `${meaning}: ${end}`;
};

/** An attempt that did not succeed. */
export const failed = (
  outcome: AttemptOutcome,
  reason: string,
  exit?: { readonly exitCode: number | null; readonly log: string },
): Ending => ({
  outcome,
  reason,
  exitCode: exit?.exitCode ?? null,
  outputs: [],
  log: exit?.log ?? "",
});

/** An attempt that nobody wants any more. */
export const cancelled = (log = ""): Ending => failed("cancelled", "cancelled", { exitCode: null, log });
