/** A table of BIDS: its columns, and its rows with a cell for each. */
export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Reads a table whose cells are parted by tabs (BIDS, "tabular files"). */
export const readTable = (text: string): Table => {
  const [head = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return {
    columns: head.split("\t"),
    rows: lines.filter((line) => line !== "").map((line) => line.split("\t")),
  };
};

/** The cells of a column, in the order of the rows; empty where there is no such column. */
export const column = ({ columns, rows }: Table, name: string): string[] => {
  const at = columns.indexOf(name);
  return at < 0 ? [] : rows.map((row) => row[at] ?? "");
};

/** How often each value comes, the most frequent first. */
export const countsOf = (values: readonly string[]): [value: string, count: number][] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
};
