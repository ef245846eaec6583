import { printText } from "../print.ts";
import { escapeControls } from "../terminal/escape-controls.ts";
import { paint } from "../terminal/paint.ts";

/** Findings of one rule: how many there are, and the first of them. */
export type FindingGroup = {
  readonly rule: string;
  readonly isError: boolean;
  readonly count: number;
  readonly first: readonly { readonly file: string; readonly message: string }[];
  readonly advice: string;
  /** Link to the section of the specification; empty where none requires it. */
  readonly section: string;
};

/** Prints findings rule by rule: the first files, what is wrong with them, and once what to do about all of them. */
export const printGroup = ({ rule, isError, count, first, advice, section }: FindingGroup): void => {
  printText(`\n${isError ? paint.red("error") : paint.yellow("warning")} ${paint.bold(rule)} (${count})`);
  for (const one of first) printText(`  ${shown(one)}`);
  if (count > first.length) printText(paint.dim(`  … and ${count - first.length} more (all of them with --json)`));
  printText(`  ${paint.cyan("Do:")} ${escapeControls(advice)}`);
  if (section !== "") printText(`  ${paint.cyan("See:")} ${escapeControls(section)}`);
};

/** A name may hold line ends, too. */
const shown = ({ file, message }: { readonly file: string; readonly message: string }): string => {
  const line = escapeControls(`${file === "" ? "." : file}: ${message}`);
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
};

const maxLineLength = 400;
