/** Characters of an exception that are kept; a longer one is cut at its end. */
const maxCharacters = 400;

const header = "Traceback (most recent call last):\n";

/**
 * Returns what Python ended with, if a log ends with one of its tracebacks: the exception, and the line of code that raised it. The lines
 * between tell a person little, and would leave no room for it in a reason.
 * @example "KeyError: 'subject' (run.py, line 3)"
 */
export const exceptionOf = (log: string): string | null => {
  const at = log.lastIndexOf(header);
  if (at < 0 || (at > 0 && log[at - 1] !== "\n")) return null;
  const lines = log.slice(at + header.length).split("\n");
  const end = lines.findIndex((line) => line !== "" && !/^\s/.test(line));
  if (end < 0) return null;
  const exception = lines.slice(end).join("\n").trimEnd();
  const short = exception.length > maxCharacters ? `${exception.slice(0, maxCharacters - 1)}…` : exception;
  const frame = lines.slice(0, end).findLast((line) => line.startsWith("  File "));
  const [, file, line] = /^ {2}File "(.*)", line (\d+)/.exec(frame ?? "") ?? [];
  return file === undefined ? short : `${short} (${file.slice(file.lastIndexOf("/") + 1)}, line ${line})`;
};
