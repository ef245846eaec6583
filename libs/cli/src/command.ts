import { type Command, InvalidArgumentError } from "commander";
import { examplesOf } from "./reference.ts";

/** An option for commands that only read: their result as one JSON document. */
export const reading = (command: Command): Command =>
  command.option("--json", "print one JSON document on standard output");

/** Options of commands that write files to a folder. */
export const downloading = (command: Command): Command =>
  reading(command)
    .option("--derivatives", "include the derivatives, as datasets in derivatives/")
    .option(
      "--link [bucket]",
      "links into a bucket that is a folder of this machine (the local server's) instead of copies",
    )
    .option("--force", "replace files that no earlier download wrote");

/** Ends the help of a command with examples, which the reference shows too. */
export const examples = (command: Command, ...lines: readonly string[]): Command => {
  examplesOf.set(command, lines.join("\n"));
  const title = lines.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", `\n${title}\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
};

/** Reads a whole number within limits. @throws InvalidArgumentError */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
  };

/** Collects an option that may be given more than once. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
