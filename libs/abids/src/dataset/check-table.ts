import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { DatasetTree } from "../dataset-tree.ts";
import { faultsOfLossyTable } from "../lossy-values.ts";
import { decodeText, hasByteOrderMark } from "../text.ts";

/** Bytes and columns of a table that is looked through. */
const most = { bytes: 64 * 2 ** 20, columns: 10_000, findings: 20 };

/** Looks through one table: encoding, ends of lines, column names, the number of cells in each row. Never throws. */
export const checkTable = (tree: DatasetTree, file: string): DatasetFinding[] => {
  const content = tree.read(file, most.bytes);
  if (!content.ok) return [finding(content.rule, file, content.message)];
  // The data of public examples are empty files.
  if (content.bytes.length === 0) return [finding("empty-file", file, "is empty")];
  const written = decodeText(content.bytes);
  if (written === null) return [finding("bad-table", file, "is not UTF-8 text")];
  const text = written.includes("\r") ? written.replace(/\r\n?/g, "\n") : written;
  const head = text.slice(0, lineEnd(text, 0)).split("\t");
  if (head.length > most.columns)
    return [finding("too-large", file, `has ${head.length} columns; the limit is ${most.columns}`)];
  return [
    ...(hasByteOrderMark(content.bytes) ? [finding("table-encoding", file, "begins with a byte order mark")] : []),
    ...faultsOfLineEnds(file, written),
    ...faultsOfLossyTable(content.bytes).map((fault) => finding("lossy-value", file, fault)),
    ...faultsOfHead(file, head),
    ...raggedRows(file, text, head.length),
  ];
};

const faultsOfLineEnds = (file: string, text: string): DatasetFinding[] => {
  if (!text.includes("\r")) return [];
  const ends = /\r(?!\n)/.test(text) ? "CR alone" : "CR LF";
  return [finding("table-encoding", file, `has lines that end in ${ends}, not in LF alone`)];
};

const faultsOfHead = (file: string, head: readonly string[]): DatasetFinding[] => {
  const names = new Set(head);
  return [
    ...(names.has("") ? [finding("bad-table", file, "has a column without a name", { severity: "warning" })] : []),
    ...(names.size < head.length ? [finding("bad-table", file, "has two columns of one name")] : []),
  ];
};

const raggedRows = (file: string, text: string, columns: number): DatasetFinding[] => {
  const findings: DatasetFinding[] = [];
  let line = 1;
  for (let at = lineEnd(text, 0) + 1; at < text.length; line++) {
    const end = lineEnd(text, at);
    const cells = countCells(text, at, end);
    const isBlank = end - at <= 1 && text.slice(at, end).trim() === "";
    // One column: an empty line is an empty cell.
    if (cells !== columns && !(isBlank && end >= text.length - 1))
      findings.push(
        finding("bad-table", file, `line ${line + 1} has ${cells} cells where the table has ${columns} columns`),
      );
    if (findings.length > most.findings) {
      findings.push(finding("bad-table", file, "and more lines like these"));
      return findings;
    }
    at = end + 1;
  }
  return findings;
};

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
};

const countCells = (text: string, from: number, end: number): number => {
  let cells = 1;
  for (let at = text.indexOf("\t", from); at >= 0 && at < end; at = text.indexOf("\t", at + 1)) cells++;
  return cells;
};
