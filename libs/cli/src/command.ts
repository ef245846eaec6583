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

/** Reads an amount of memory as bytes. @throws InvalidArgumentError @example `16Gi` */
export const memory = (text: string): number => {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text) ?? [];
  const power = "kMGT".indexOf(unit.slice(0, 1).replace("K", "k")) + 1;
  const bytes = Math.round(Number(number) * (unit.endsWith("i") ? 1024 : 1000) ** (unit === "" ? 0 : power));
  if (number !== "" && bytes > 0) return bytes;
  throw new InvalidArgumentError("It should be a quantity of bytes such as 16Gi or 500Mi.");
};

/** Collects an option that may be given more than once. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Flags for what is asked most. */
export const conditions = (command: Command): Command =>
  command
    .option("--dataset <name>", "in this dataset; like all these conditions, repeatable", collect)
    .option("--subject <label>", "of this subject", collect)
    .option("--session <label>", "of this session", collect)
    .option("--suffix <suffix>", "scans of this kind: T1w, bold, dwi", collect)
    .option("--datatype <datatype>", "of this datatype: anat, func", collect)
    .option("--task <label>", "of this task", collect)
    .option("--run <label>", "of this run", collect)
    .option("--acq <label>", "of this acquisition", collect)
    .option("--sex <sex>", "of subjects of this sex, as participants.tsv has it", collect)
    .option("--age <years>", "at an age like 20..30, 20.., ..30 or 25")
    .option("--has <analysis>", "with a derivative, like brain-mask or brain-mask@1.2", collect)
    .option("--lacks <analysis>", "without such a derivative", collect);
