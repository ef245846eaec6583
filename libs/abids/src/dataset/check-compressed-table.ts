import { type CompressedTable, compressedHeadBytes, readCompressedTable } from "../compressed-table.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { DatasetTree } from "../dataset-tree.ts";
import type { JsonObject } from "../json.ts";

/**
 * Looks into a compressed table (`_physio.tsv.gz`): it is gzip, has no line of column names, and as many cells in each
 * row as `Columns` of its sidecar has names. Its beginning is looked at. `file`: from the root of the tree.
 */
export const checkCompressedTable = (tree: DatasetTree, file: string, metadata: JsonObject): DatasetFinding[] => {
  const head = tree.head(file, compressedHeadBytes);
  if (!head.ok) return [finding(head.rule, file, head.message)];
  // The data of public examples are empty files.
  if (head.size === 0) return [finding("empty-file", file, "is empty")];
  const table = readCompressedTable(head.bytes, head.size);
  if (!table.ok) return [finding("bad-table", file, table.fault)];
  return [...faultsOfHeader(file, table, metadata), ...faultsOfRows(file, table, metadata)];
};

type Readable = Extract<CompressedTable, { ok: true }>;

const namesIn = ({ Columns: columns }: JsonObject): readonly string[] | null =>
  Array.isArray(columns) ? columns.map(String) : null;

/** A first line with the name of a column, or with no number over lines of numbers. */
const faultsOfHeader = (file: string, { rows }: Readable, metadata: JsonObject): DatasetFinding[] => {
  const [first = [], second = []] = rows;
  const names = namesIn(metadata) ?? [];
  const isNamed = first.some((cell) => names.includes(cell.trim()));
  const isText = first.every((cell) => !isNumber(cell)) && second.some(isNumber) && !first.every(isMissing);
  if (!isNamed && !isText) return [];
  return [finding("bad-table", file, "begins with a line of column names, which belong in `Columns` of its sidecar")];
};

const isMissing = (cell: string): boolean => cell.trim() === "n/a" || cell.trim() === "";
const isNumber = (cell: string): boolean => cell.trim() !== "" && Number.isFinite(Number(cell));

const faultsOfRows = (file: string, { rows }: Readable, metadata: JsonObject): DatasetFinding[] => {
  const names = namesIn(metadata);
  const width = names?.length ?? rows[0]?.length ?? 0;
  const wrong = rows.findIndex((row) => row.length !== width);
  if (wrong < 0) return [];
  const expected = names === null ? `where line 1 has ${width}` : `where Columns of its sidecar names ${width}`;
  return [finding("bad-table", file, `line ${wrong + 1} has ${rows[wrong]?.length ?? 0} cells ${expected}`)];
};
