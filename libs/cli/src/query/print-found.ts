import type { QueryLevel, SliceSummary } from "@rollerblade/client";
import { type Cell, formatBytes, printTable, printText } from "../print.ts";
import { sliceName } from "../slice-name.ts";
import { cellOf } from "./result-table.ts";

const nameOf = ({ slice, file }: SliceSummary): string =>
  file === undefined ? sliceName(slice) : `${slice.dataset}/${file.path}`;

const tableRow = (item: SliceSummary): Cell[] => {
  const { scans, suffixes, size, age, file } = item;
  return file === undefined
    ? [nameOf(item), scans, suffixes.join(" "), formatBytes(size), age]
    : [nameOf(item), file.role, formatBytes(file.size), age];
};

/** Prints one path a line, below the bucket's `datasets/`; a file that follows itself is written once. */
export const printPaths = (items: readonly SliceSummary[]): void => {
  const paths = new Set(items.map(nameOf));
  if (paths.size > 0) printText([...paths].join("\n"));
};

/** Prints a result for a person: the columns that were asked for, or a summary of each item. */
export const printFound = (level: QueryLevel, items: readonly SliceSummary[], columns: readonly string[]): void => {
  const name = level === "file" ? "file" : "slice";
  const summary = level === "file" ? ["role", "size", "age"] : ["scans", "suffixes", "size", "age"];
  const rowOf = (item: SliceSummary): Cell[] =>
    columns.length === 0 ? tableRow(item) : [nameOf(item), ...(item.values ?? []).map(cellOf)];
  printTable([name, ...(columns.length === 0 ? summary : columns)], items.map(rowOf), "Nothing matches.");
};
