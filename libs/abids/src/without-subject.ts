/**
 * A table of BIDS without the lines of one subject, every other byte as it was; null where there is nothing to leave out.
 * `content` is the file, with or without byte order mark, any line ending.
 */
export const withoutSubject = (content: Uint8Array, subject: string): Uint8Array | null => {
  const lines =
    Buffer.from(content)
      .toString("latin1")
      .match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
  const [head = "", ...body] = lines;
  const column = cellsOf(head.replace(/^\u00ef\u00bb\u00bf/, "")).indexOf("participant_id");
  if (column < 0) return null;
  const kept = body.filter((line) => !isOf(cellsOf(line)[column], subject));
  return kept.length === body.length ? null : Buffer.from([head, ...kept].join(""), "latin1");
};

// Bytes are read as Latin-1, one letter a byte, so that what is kept is kept exactly, whatever its encoding.
const cellsOf = (line: string): string[] =>
  line
    .replace(/[\r\n]+$/, "")
    .split("\t")
    .map((cell) => cell.trim());

/** Older datasets write the label alone. */
const isOf = (cell: string | undefined, subject: string): boolean => cell === `sub-${subject}` || cell === subject;
