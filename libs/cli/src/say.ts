import { Problem } from "@rollerblade/errors";
import colors from "picocolors";

// Standard output belongs to results; picocolors asks about standard output, and people read standard error.
const paint = colors.createColors(process.stderr.isTTY === true && process.env.NO_COLOR === undefined);

/** Tells a person something, on standard error. */
export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Tells what went wrong, where, and what to do next; the stack only when `ROLLERBLADE_DEBUG` is set. */
export const sayProblem = (thrown: unknown): void => {
  const problem = Problem.from(thrown);
  say(`${paint.red("Error:")} ${problem.message}`);
  for (const { where, message } of problem.findings.slice(0, mostFindings)) say(`  ${paint.bold(where)}: ${message}`);
  if (problem.findings.length > mostFindings)
    say(`  … and ${problem.findings.length - mostFindings} more (all of them with --json)`);
  if (problem.next !== undefined) say(`${paint.cyan("Next:")} ${problem.next}`);
  else if (problem.code === "internal")
    say(`${paint.cyan("Next:")} Run it again with ROLLERBLADE_DEBUG=1 to see where it happened.`);
  if (process.env.ROLLERBLADE_DEBUG) say(stackOf(thrown));
};

const mostFindings = 40;

const stackOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : `\nCaused by: ${stackOf(thrown.cause)}`;
  return `${thrown.stack}${cause}`;
};
