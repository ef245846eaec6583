/** A line of a log, cut where a text that is looked for stands. */
export type LogLine = { readonly number: number; readonly text: string; readonly isMatch: boolean };

/** Limit of lines that are drawn: more are no help to a person, and the log can be downloaded whole. */
export const maxLines = 5_000;

/** The last lines of a log, or those with a text in them, whatever its letters' case. */
export const linesOf = (
  log: string,
  search: string,
): { readonly lines: readonly LogLine[]; readonly matches: number } => {
  const wanted = search.toLowerCase();
  const all = log.split("\n").map((text, at) => {
    const isMatch = wanted !== "" && text.toLowerCase().includes(wanted);
    return { number: at + 1, text, isMatch };
  });
  const shown = wanted === "" ? all : all.filter(({ isMatch }) => isMatch);
  return { lines: shown.slice(-maxLines), matches: wanted === "" ? 0 : shown.length };
};
