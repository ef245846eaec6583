import { countEntries, type Plan, type PlanEntry } from "@rollerblade/convert";
import { printLine, printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printTable, printText } from "../print.ts";
import { paint } from "../terminal/paint.ts";

/** Lines of a plan that are printed; `--json` and `--report` have every file. */
const maxLines = 400;

/** Findings that are printed. */
const maxFindings = 40;

/** Prints what becomes of every file: files of one folder with one target are one line. */
export const printPlan = (plan: Plan): void => {
  const lines = linesOf(plan.entries);
  printTable(["source", "files", "becomes"], lines.slice(0, maxLines));
  if (lines.length > maxLines)
    printMessage(`… and ${lines.length - maxLines} more; --json and --report list every file`);
  const counts = countEntries(plan.entries);
  printText("");
  printTable(
    ["what", "files"],
    Object.entries(counts).filter(([, count]) => count > 0),
  );
  const subjects = new Set(plan.work.map(({ image }) => image.subject));
  printText(
    `\n${plural(plan.work.length, "image")} of ${plural(subjects.size, "subject")}, ${plural(plan.documents.size, "table")} and documents`,
  );
  if (plan.removals.length > 0) printText(`De-identification would take out ${plural(plan.removals.length, "value")}.`);
  if (plan.unread > 0) printText(`The headers of ${plural(plan.unread, "image")} are judged once they are converted.`);
  printFindings(plan);
};

const linesOf = (entries: readonly PlanEntry[]): (string | number)[][] => {
  const groups = new Map<string, { first: string; count: number; becomes: string }>();
  for (const { source, is, targets, reason } of entries) {
    const folder = source.slice(0, Math.max(0, source.lastIndexOf("/")));
    const becomes = targets.length > 0 ? targets.join(", ") : `${is}: ${reason ?? ""}`;
    const key = `${folder}\0${becomes}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: source, count: 1, becomes });
    else known.count += 1;
  }
  return [...groups.values()].map(({ first, count, becomes }) => [first, count, becomes]);
};

const printFindings = ({ findings, judgement }: Plan): void => {
  const all = [
    ...findings,
    ...judgement.map(({ severity, file, message, rule }) => ({
      severity,
      where: file,
      message: `${message} (${rule})`,
    })),
  ];
  const errors = all.filter(({ severity }) => severity === "error");
  const warnings = all.length - errors.length;
  printText("");
  for (const { where, message } of errors.slice(0, maxFindings))
    printLine(`${paint.red("error")} ${where}: ${message}`);
  if (errors.length > maxFindings) printMessage(`… and ${errors.length - maxFindings} more errors`);
  const also = warnings === 0 ? "" : `, ${plural(warnings, "warning")}`;
  printText(
    errors.length === 0 ? paint.green(`No errors${also}.`) : paint.red(`${plural(errors.length, "error")}${also}.`),
  );
};
