import { Problem, problemOfSystem } from "@rollerblade/errors";
import { exitCodeOf } from "./exit-codes.ts";
import { printProblem } from "./messages.ts";

/**
 * Waits until everything that was written to both outputs has gone to whoever reads them. A pipe takes 64 KiB at a time
 * on Linux; what it did not take yet lies in this process, and is lost when the process ends. It does not wait for a
 * reader that has gone away. What could not be written, to a full disk for example, makes the command fail.
 * @returns the exit code of the command
 */
export const drainOutput = async (exitCode: number): Promise<number> => {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  const { errored } = process.stdout;
  if (errored === null || ("code" in errored && errored.code === "EPIPE")) return exitCode;
  const problem = problemOfSystem(errored, "standard output") ?? Problem.from(errored);
  printProblem(problem);
  return exitCodeOf(problem.code);
};

const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    // Writes are done in order, so the callback of an empty one follows all others; it is also called when the stream
    // fails.
    else stream.write("", () => resolve());
  });
