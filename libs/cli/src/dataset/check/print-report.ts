import { checkRules } from "@rollerblade/abids";
import { printGroup } from "../../findings/print-grouped.ts";
import { plural } from "../../plural.ts";
import { printTable, printText } from "../../print.ts";
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

const printRule = (code: string, { errors, warnings, first }: RuleSummary): void => {
  const [one] = first;
  if (one === undefined) return;
  const { advice, section } = one;
  printGroup({ rule: code, isError: errors > 0, count: errors + warnings, first, advice, section });
};

const bySeverity = ([a, x]: [string, RuleSummary], [b, y]: [string, RuleSummary]): number =>
  Number(y.errors > 0) - Number(x.errors > 0) || rank(a) - rank(b);
const order = Object.keys(checkRules);
const rank = (code: string): number => order.indexOf(code);

const byCount = (counts: ReadonlyMap<string, number>): [string, number][] => [...counts].sort(([, a], [, b]) => b - a);
const byName = (counts: ReadonlyMap<string, number>): (string | number)[][] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => [...key.split(" "), count]);
