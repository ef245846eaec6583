/** What BIDS writes where nothing is known. */
const notAvailable = "n/a";

/** Writes a table of BIDS: tabs between cells, `n/a` for what nobody knows, no line break within a cell. */
export const writeTsv = (columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string =>
  [columns, ...rows].map((cells) => `${cells.map(cellOf).join("\t")}\n`).join("");

const cellOf = (cell: string | null): string => {
  const text = (cell ?? "").replace(/\s+/g, " ").trim();
  return text === "" ? notAvailable : text;
};

/** Writes JSON as people read it. */
export const writeJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
