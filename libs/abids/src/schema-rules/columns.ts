/** The cells of a table as text, by the names of the columns; of two columns with one name the first. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** Reads a table whose rows are known to be whole; cells that are missing in a row are left out. */
export const readColumns = (text: string): Columns => {
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === "") lines.pop();
  const [head = "", ...rows] = lines;
  const names = head.split("\t");
  const columns = names.map((): string[] => []);
  for (const row of rows) {
    const cells = row.split("\t");
    for (const [index, column] of columns.entries()) {
      const cell = cells[index];
      if (cell !== undefined) column.push(cell);
    }
  }
  return Object.fromEntries(names.map((name, index) => [name, columns[index] ?? []]).reverse());
};

/** Numbers of a `.bval` or `.bvec` file by row, as text. */
export const readVectors = (text: string): readonly (readonly string[])[] =>
  text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.trim().split(/\s+/));
