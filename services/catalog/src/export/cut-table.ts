import { type KeyColumn, readKeyedLines } from "@rollerblade/abids";

/**
 * A table of BIDS with those lines only whose key (a label or a path, see `readKeyedLines`) is wanted, every other byte as it was. Null
 * for a table whose rows nobody can attribute: it may speak of others.
 */
export const cutTable = (
  content: Uint8Array,
  column: KeyColumn,
  isWanted: (key: string) => boolean,
): CutTable | null => {
  const table = readKeyedLines(content, column);
  if (!table.ok) return null;
  const kept = table.lines.filter(({ key }) => key !== null && isWanted(key));
  const isWhole = kept.length === table.lines.length;
  const text = [table.head, ...kept.map((line) => line.text)].join("");
  return { content: isWhole ? content : Buffer.from(text, "latin1"), rows: kept.length, isWhole };
};

/** What is left of a table: its bytes, how many lines below the head, and whether that is all of it. */
export type CutTable = { readonly content: Uint8Array; readonly rows: number; readonly isWhole: boolean };
