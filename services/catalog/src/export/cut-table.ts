/**
 * A table of BIDS with those lines only whose cell in one column is wanted, every other byte as it was; `content` is the file, with or
 * without byte order mark, any line ending. A table without that column is kept whole.
 */
export const cutTable = (content: Uint8Array, column: string, isWanted: (cell: string) => boolean): CutTable => {
  const [head = "", ...body] = linesOf(content);
  const at = cellsOf(head.replace(/^\u00ef\u00bb\u00bf/, "")).indexOf(column);
  const kept = at < 0 ? body : body.filter((line) => isWanted(cellsOf(line)[at] ?? ""));
  const isWhole = kept.length === body.length;
  return { content: isWhole ? content : Buffer.from([head, ...kept].join(""), "latin1"), rows: kept.length, isWhole };
};

/** What is left of a table: its bytes, how many lines below the head, and whether that is all of it. */
export type CutTable = { readonly content: Uint8Array; readonly rows: number; readonly isWhole: boolean };

// Bytes are read as Latin-1, one letter a byte, so that what is kept is kept exactly, whatever its encoding.
const linesOf = (content: Uint8Array): readonly string[] =>
  Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    .toString("latin1")
    .match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

const cellsOf = (line: string): string[] =>
  line
    .replace(/[\r\n]+$/, "")
    .split("\t")
    .map((cell) => Buffer.from(cell.trim(), "latin1").toString("utf8"));
