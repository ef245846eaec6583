import { checkRules, type DatasetFinding } from "@rollerblade/abids";
import { plural } from "../../plural.ts";
import { printTable, printText } from "../../print.ts";
import { escapeControls } from "../../terminal/escape-controls.ts";
import { paint } from "../../terminal/paint.ts";
import type { RuleSummary, Summary } from "./summary.ts";

/** Prints what a person wants to know: what there is, what is wrong with it, and what to do about that. */
export const printReport = (folder: string, summary: Summary, seconds: number): void => {
  const { files, subjects, sessions } = summary;
  printText(
    `${paint.bold(folder)}: ${plural(files, "file")}, ${plural(subjects.size, "subject")}, ${plural(sessions, "session")}\n`,
  );
  printTable(["class", "files"], byCount(summary.classes));
  if (summary.data.size > 0) {
    printText("");
    printTable(["datatype", "suffix", "data files"], byName(summary.data));
  }
  for (const [code, rule] of [...summary.rules].sort(bySeverity)) printRule(code, rule);
  printText(`\n${verdict(summary)} ${paint.dim(`(${seconds.toFixed(1)} s)`)}`);
};

const verdict = ({ errors, warnings }: Summary): string => {
  const also = warnings === 0 ? "" : `, ${plural(warnings, "warning")}`;
  return errors === 0 ? paint.green(`No errors${also}.`) : paint.red(`${plural(errors, "error")}${also}.`);
};

const printRule = (code: string, rule: RuleSummary): void => {
  const [first] = rule.first;
  if (first === undefined) return;
  const count = rule.errors + rule.warnings;
  const label = rule.errors > 0 ? paint.red("error") : paint.yellow("warning");
  printText(`\n${label} ${paint.bold(code)} (${count})`);
  for (const one of rule.first) printText(`  ${shown(one)}`);
  if (count > rule.first.length)
    printText(paint.dim(`  … and ${count - rule.first.length} more (all of them with --json)`));
  printText(`  ${paint.cyan("Do:")} ${first.advice}\n  ${paint.cyan("See:")} ${first.section}`);
};

/** A name may hold line ends, too. */
const shown = ({ file, message }: DatasetFinding): string => {
  const line = escapeControls(`${file === "" ? "." : file}: ${message}`);
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
};

const maxLineLength = 400;

const bySeverity = ([a, x]: [string, RuleSummary], [b, y]: [string, RuleSummary]): number =>
  Number(y.errors > 0) - Number(x.errors > 0) || rank(a) - rank(b);
const order = Object.keys(checkRules);
const rank = (code: string): number => order.indexOf(code);

const byCount = (counts: ReadonlyMap<string, number>): [string, number][] => [...counts].sort(([, a], [, b]) => b - a);
const byName = (counts: ReadonlyMap<string, number>): (string | number)[][] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => [...key.split(" "), count]);
