import { catalogRoutes, type RouteOutput } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { printJson, printTable } from "../print.ts";
import type { Server } from "../server/find-server.ts";
import { cellOf } from "./result-table.ts";
import { openTableWriter, type TableFormat } from "./write-table.ts";

/** Groups of one page; the route gives no more. */
const maxPage = 10_000;

/** `query … --count-by FIELDS`: subjects, sessions and scans by the values of fields. */
export const countFound = async (
  server: Server,
  expression: string,
  by: readonly string[],
  format: TableFormat | "table" | "json" | "paths",
  limit = Number.POSITIVE_INFINITY,
): Promise<void> => {
  if (format === "paths")
    throw new Problem({
      code: "invalid",
      message: "Counts have no paths.",
      subject: "--output",
      next: "Choose table, json, jsonl, csv, tsv or parquet.",
    });
  const { items, more } = await readGroups(server, expression, by, limit);
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

type Group = RouteOutput<typeof catalogRoutes.countQuery>["items"][number];

/** Reads pages until there are enough groups. */
const readGroups = async (
  server: Server,
  expression: string,
  by: readonly string[],
  limit: number,
): Promise<{ readonly items: readonly Group[]; readonly more: boolean }> => {
  const items: Group[] = [];
  let after: string | undefined;
  do {
    const body = { expression, by: [...by], limit: Math.min(limit - items.length, maxPage), after };
    const page = await server.call(catalogRoutes.countQuery, { body });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined && items.length < limit);
  return { items, more: after !== undefined };
};
