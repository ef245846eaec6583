import type { compileExpression } from "@rollerblade/query";
import type { KeyOfRow, SourceTable } from "../mapping/mapping.ts";
import { readTable, type TextRow } from "../source/read-table.ts";
import type { SourceFile } from "../source/source-file.ts";

/** A row with the label of its person, and of the session where the table has one. */
export type KeyedRow = { readonly subject: string; readonly session: string | null; readonly row: TextRow };

/** A table of the source with its rows by person. */
export type LoadedTable = {
  readonly table: SourceTable;
  readonly path: string;
  readonly columns: readonly string[];
  readonly rowsOf: ReadonlyMap<string, readonly KeyedRow[]>;
  /** Rows whose key cannot be read. */
  readonly unkeyed: number;
};

/** A fault of a table: what is wrong, and in which. */
export type TableFault = { readonly where: string; readonly message: string };

/** Letters and digits alone, which is all that a label of BIDS may hold. */
export const labelOf = (text: string): string => text.normalize("NFKD").replace(/[^A-Za-z0-9]/g, "");

/** Loads the tables that a mapping names. */
export const loadTables = async (
  tables: readonly SourceTable[],
  files: readonly SourceFile[],
): Promise<{ readonly loaded: readonly LoadedTable[]; readonly faults: readonly TableFault[] }> => {
  const faults: TableFault[] = [];
  const loaded: LoadedTable[] = [];
  for (const table of tables) {
    const found = files.filter(({ path }) => table.file.match(path) !== null);
    const [file, another] = found;
    if (file === undefined)
      faults.push({ where: `tables.${table.name}`, message: `no file of the source matches ${table.file.source}` });
    else if (another !== undefined)
      faults.push({
        where: `tables.${table.name}`,
        message: `${found.length} files match ${table.file.source}: ${file.path}, ${another.path}`,
      });
    else
      try {
        loaded.push(await loadTable(table, file, faults));
      } catch (error) {
        faults.push({ where: file.path, message: error instanceof Error ? error.message : String(error) });
      }
  }
  return { loaded, faults };
};

const loadTable = async (table: SourceTable, file: SourceFile, faults: TableFault[]): Promise<LoadedTable> => {
  const { columns, rows } = await readTable(file, table.sheet);
  for (const { column } of [table.subject, ...(table.session === null ? [] : [table.session])])
    if (!columns.includes(column))
      faults.push({ where: file.path, message: `has no column ${column}; it has ${columns.slice(0, 20).join(", ")}` });
  const rowsOf = new Map<string, KeyedRow[]>();
  let unkeyed = 0;
  for (const row of rows) {
    if (table.where !== null && !isTrue(table.where, row)) continue;
    const subject = keyOf(table.subject, row);
    const session = table.session === null ? null : keyOf(table.session, row);
    if (subject === null) {
      unkeyed += 1;
      continue;
    }
    const known = rowsOf.get(subject) ?? [];
    known.push({ subject, session, row });
    rowsOf.set(subject, known);
  }
  return { table, path: file.path, columns, rowsOf, unkeyed };
};

const isTrue = (where: ReturnType<typeof compileExpression>, row: TextRow): boolean => {
  const verdict = where.evaluate({ row: valuesOf(row) });
  return "value" in verdict && verdict.value;
};

/** Cells as expressions see them: what is a number is one. */
export const valuesOf = (row: TextRow): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries(row).flatMap(([column, cell]) =>
      cell === "" ? [] : [[column, /^-?\d+(?:\.\d+)?$/.test(cell) && !/^-?0\d/.test(cell) ? Number(cell) : cell]],
    ),
  );

/** The label in a cell, as labels of the source become: letters and digits alone. */
const keyOf = ({ column, as, digits, prefix }: KeyOfRow, row: TextRow): string | null => {
  // A spreadsheet writes the number 2 as 2.0 where its column is of numbers.
  const cell = (row[column] ?? "").replace(/^(\d+)\.0+$/, "$1");
  const part = as === null ? cell : (as.match(cell)?.value ?? "");
  const label = labelOf(/^\d+$/.test(part) ? part.padStart(digits, "0") : part);
  return label === "" ? null : labelOf(prefix) + label;
};
