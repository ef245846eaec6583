import type { QueryLevel, SliceSummary } from "@rollerblade/client";
import { type Cell, formatBytes, printTable, printText } from "../print.ts";
import { sliceName } from "../slice-name.ts";
import { csvField } from "./csv-field.ts";

/** How a result is written. */
export type Format = "table" | "json" | "csv" | "paths";

const csvHead = ["dataset", "subject", "session", "path", "role", "scans", "suffixes", "bytes", "age", "sha256"];

const csvRow = ({ slice, scans, suffixes, size, age, file }: SliceSummary): Cell[] => [
  ...[slice.dataset, slice.subject, slice.session, file?.path ?? slice.scan, file?.role],
  ...[scans, suffixes.join(" "), size, age, file?.sha256],
];

const tableRow = ({ slice, scans, suffixes, size, age, file }: SliceSummary): Cell[] =>
  file === undefined
    ? [sliceName(slice), scans, suffixes.join(" "), formatBytes(size), age]
    : [`${slice.dataset}/${file.path}`, file.role, formatBytes(file.size), age];

const lines = (rows: readonly string[]): void => {
  if (rows.length > 0) printText(rows.join("\n"));
};

/** One path a line, below the bucket's `datasets/`; a file that follows itself is written once. */
const pathsOf = (items: readonly SliceSummary[]): string[] =>
  items.map(({ slice, file }) => (file === undefined ? sliceName(slice) : `${slice.dataset}/${file.path}`));

/** Writes a part of a result; the first part brings the head. */
export const printFound = (
  format: Exclude<Format, "json">,
  level: QueryLevel,
  items: readonly SliceSummary[],
  first: boolean,
): void => {
  if (format === "paths") lines([...new Set(pathsOf(items))]);
  if (format === "csv")
    lines([...(first ? [csvHead] : []), ...items.map(csvRow)].map((row) => row.map(csvField).join(",")));
  if (format !== "table") return;
  const head = level === "file" ? ["file", "role", "size", "age"] : ["slice", "scans", "suffixes", "size", "age"];
  printTable(head, items.map(tableRow), "Nothing matches.");
};
