import { Problem } from "@rollerblade/errors";
import { escapeControls, plainLog } from "./terminal/escape-controls.ts";
import { paint } from "./terminal/paint.ts";
import { write } from "./terminal/write.ts";

/** Prints a message for a person, on standard error: standard output belongs to results. */
export const printMessage = (text: string): void => {
  write("stderr", `${text}\n`);
};

/** Prints one line that names what others wrote, such as a path: a line end within it is shown as an escape. */
export const printLine = (text: string): void => printMessage(escapeControls(text));

/** Prints what went wrong, where, and what to do next. The stack follows only when `ROLLERBLADE_DEBUG` is set. */
export const printProblem = (thrown: unknown): void => {
  const problem = Problem.from(thrown);
  printMessage(`${paint.red("Error:")} ${plainLog(problem.message)}`);
  // What the message says in full already is not repeated: the fault of an expression is one, with its place.
  const findings = problem.findings.filter(({ message }) => !isInMessage(problem, message));
  for (const { where, message } of findings.slice(0, maxFindings))
    printMessage(`  ${paint.bold(plainLog(where))}: ${plainLog(message)}`);
  if (problem.findings.length > maxFindings)
    printMessage(`  … and ${problem.findings.length - maxFindings} more (all of them with --json)`);
  if (problem.next !== undefined && !problem.message.includes(problem.next))
    printMessage(`${paint.cyan("Next:")} ${plainLog(problem.next)}`);
  else if (problem.code === "internal")
    printMessage(`${paint.cyan("Next:")} Run it again with ROLLERBLADE_DEBUG=1 to see where it happened.`);
  if (process.env.ROLLERBLADE_DEBUG) printMessage(stackOf(thrown));
};

/** A terminal shows some 40 lines at once; `--json` prints all findings. */
const maxFindings = 40;

/** Whether a lone finding only repeats the message, apart from the place that stands in it. */
const isInMessage = ({ message, findings }: Problem, finding: string): boolean =>
  findings.length === 1 && (message.includes(finding) || message.replace(/ \(line \d+, column \d+\)/, "") === finding);

const stackOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : `\nCaused by: ${stackOf(thrown.cause)}`;
  return `${thrown.stack}${cause}`;
};
