import { Problem, problemOfSystem } from "@rollerblade/errors";
import { CommanderError } from "commander";
import { exitCodeOf } from "./exit-codes.ts";
import type { Installation } from "./installation.ts";
import { printMessage, printProblem } from "./messages.ts";
import { misplaced } from "./misplaced.ts";
import { buildProgram } from "./program.ts";
import { write } from "./terminal/write.ts";

/**
 * Runs one command.
 * @param argv as `process.argv`
 * @returns the exit code
 */
export const runCommandLine = async (argv: readonly string[], installation: Installation): Promise<number> => {
  endQuietlyWhenNobodyReads();
  const program = buildProgram(installation);
  const commands = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of commands)
    command.exitOverride().configureOutput({
      writeOut: (text) => void write("stdout", text),
      writeErr: (text) => void write("stderr", text),
      outputError: (text) => printMessage(text.trimEnd()),
    });
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) {
      const hint = misplaced(program, argv.slice(2), error);
      if (hint !== null) printMessage(hint);
      return error.exitCode === 0 ? 0 : 2;
    }
    const problem = problemOfSystem(error) ?? Problem.from(error);
    printProblem(problem);
    return exitCodeOf(problem.code);
  }
};

/** `rollerblade … | head` is not a failure; `drainOutput` reports what is. */
const endQuietlyWhenNobodyReads = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
};
