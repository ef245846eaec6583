import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { printJson, printTable } from "../print.ts";
import type { Server } from "../server/find-server.ts";
import { cellOf } from "./result-table.ts";
import { openTableWriter, type TableFormat } from "./write-table.ts";

/** Groups of one answer; the route gives no more. */
const maxGroups = 10_000;

/** `query … --count-by FIELDS`: subjects, sessions and scans by the values of fields. */
export const countFound = async (
  server: Server,
  expression: string,
  by: readonly string[],
  format: TableFormat | "table" | "json" | "paths",
  limit = maxGroups,
): Promise<void> => {
  if (format === "paths")
    throw new Problem({
      code: "invalid",
      message: "Counts have no paths.",
      subject: "--output",
      next: "Choose table, json, jsonl, csv, tsv or parquet.",
    });
  const body = { expression, by: [...by], limit: Math.min(limit, maxGroups) };
  const { items, more } = await server.call(catalogRoutes.countQuery, { body });
  if (format === "json") return printJson({ by, items, more });
  const head = [...by, "subjects", "sessions", "scans"];
  const rows = items.map(({ values, subjects, sessions, scans }) => [...values, subjects, sessions, scans]);
  if (format === "table") {
    printTable(
      head,
      rows.map((row) => row.map(cellOf)),
      "Nothing matches.",
    );
  } else {
    const writer = openTableWriter(format);
    writer.add({ head, rows });
    await writer.end();
  }
  if (more) printMessage(`The largest ${items.length} groups are shown; there are more.`);
};
