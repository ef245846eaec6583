/** A line of a log, cut where a text that is looked for stands. */
export type LogLine = { readonly number: number; readonly text: string; readonly isMatch: boolean };

/** Limit of lines that are drawn: more are no help to a person, and the log can be downloaded whole. */
export const maxLines = 5_000;

/**
 * A text without what a terminal would obey: colours and other sequences of ECMA-48, and control characters, which a page would show as gaps. Of a
 * line that a program has written over and over (a bar of progress), what it wrote last.
 */
export const plainText = (log: string): string =>
  log
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g, "")
    .replace(/\r\n/g, "\n")
    .replace(/^.*\r(?=[^\n])/gm, "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

/** The last lines of a log, or those with a text in them, whatever its letters' case. */
export const linesOf = (
  log: string,
  search: string,
): { readonly lines: readonly LogLine[]; readonly matches: number } => {
  const wanted = search.toLowerCase();
  const all = plainText(log)
    .split("\n")
    .map((text, at) => {
      const isMatch = wanted !== "" && text.toLowerCase().includes(wanted);
      return { number: at + 1, text, isMatch };
    });
  const shown = wanted === "" ? all : all.filter(({ isMatch }) => isMatch);
  return { lines: shown.slice(-maxLines), matches: wanted === "" ? 0 : shown.length };
};
