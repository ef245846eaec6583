/** Columns that say what a row of a table of BIDS is about. */
export type KeyColumn = "participant_id" | "session_id" | "filename";

/** One line of a table, with its line ending; `key` is null where the cell is not a label or path. */
export type KeyedLine = { readonly text: string; readonly key: string | null };

/**
 * A table as lines, each with what it is about, or why nobody can tell. Text is Latin-1, one letter a byte, so that
 * what is written again is the same bytes, whatever the encoding.
 */
export type KeyedLines =
  | { readonly ok: true; readonly head: string; readonly lines: readonly KeyedLine[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Answers whose row each line of a table is: the label of the subject or session, without `sub-` or `ses-`, or the path
 * of the file as `readScans` gives it. `content` is the file, with or without byte order mark, any line ending. A table
 * of commas, with quoted names, in UTF-16 or with another spelling of the column has no such column; it must not be
 * passed on as if it spoke of nobody.
 */
export const readKeyedLines = (content: Uint8Array, column: KeyColumn): KeyedLines => {
  const [head = "", ...body] = linesOf(content);
  if (head === "") return { ok: true, head, lines: [] };
  const columns = cellsOf(head.replace(/^\u00ef\u00bb\u00bf/, ""));
  const at = columns.indexOf(column);
  if (at < 0) return { ok: false, reason: `has no column ${column}` };
  if (columns.lastIndexOf(column) !== at) return { ok: false, reason: `has the column ${column} twice` };
  return { ok: true, head, lines: body.map((text) => ({ text, key: keyOf(column, cellsOf(text)[at] ?? "") })) };
};

/** Why the rows of one person cannot be told in a table, or null where they can. */
export const faultOfPeople = (content: Uint8Array): string | null => {
  const table = readKeyedLines(content, "participant_id");
  if (!table.ok) return table.reason;
  const at = table.lines.findIndex(({ text, key }) => key === null && text.trim() !== "");
  return at < 0 ? null : `line ${at + 2} does not name a subject: participant_id is not sub-<label>`;
};

/** A path of `filename` as BIDS writes it, without `./` in front and `/` behind, which some datasets write. */
export const scanFileName = (cell: string): string => cell.replace(/^(\.\/)+/, "").replace(/\/+$/, "");

const linesOf = (content: Uint8Array): readonly string[] =>
  Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    .toString("latin1")
    .match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

const cellsOf = (line: string): string[] =>
  line
    .replace(/[\r\n]+$/, "")
    .split("\t")
    .map((cell) => Buffer.from(cell.trim(), "latin1").toString("utf8"));

const keyOf = (column: KeyColumn, cell: string): string | null => {
  if (column === "filename") return cell === "" || cell === "n/a" ? null : scanFileName(cell);
  // Older datasets write the label alone.
  const label = cell.replace(column === "session_id" ? /^ses-/ : /^sub-/, "");
  return /^[0-9A-Za-z+]+$/.test(label) ? label : null;
};
