/** One line of a table: its cells as they are written, and its line ending, empty for a last line without one. */
export type TableLine = { readonly cells: readonly string[]; readonly end: string };

/** Takes the text of a table apart, so that what is written again is the same text. */
export const linesOf = (text: string): TableLine[] =>
  (text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? []).map((line) => {
    const body = line.replace(/[\r\n]+$/, "");
    return { cells: body.split("\t"), end: line.slice(body.length) };
  });
