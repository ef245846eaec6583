import { createHash } from "node:crypto";

/** A table of BIDS with the lines of these subjects only; a table without `participant_id` stays as it is. */
export const onlySubjects = (table: string, subjects: ReadonlySet<string>): string => {
  const [head = "", ...body] = table.split(/(?<=\n)/);
  const column = head
    .replace(/^\ufeff/, "")
    .trimEnd()
    .split("\t")
    .indexOf("participant_id");
  if (column < 0) return table;
  const isWanted = (line: string): boolean => {
    const id = (line.split("\t")[column] ?? "").trim();
    return subjects.has(id.replace(/^sub-/, ""));
  };
  return [head, ...body.filter(isWanted)].join("");
};

/** Bytes and content hash of a text. */
export const sizeAndHash = (text: string): { size: number; sha256: string } => ({
  size: Buffer.byteLength(text),
  sha256: `sha256:${createHash("sha256").update(text).digest("hex")}`,
});
