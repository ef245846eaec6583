import { catalogRoutes, type QueryLevel, type SliceSummary } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { countFound } from "./count-found.ts";
import { explainQuery } from "./explain-query.ts";
import { printFound, printPaths } from "./print-found.ts";
import { type Asked, askedOf } from "./read-asked.ts";
import { resultTable, splitColumns } from "./result-table.ts";
import type { SimpleConditions } from "./simple-conditions.ts";
import { openTableWriter, type TableFormat } from "./write-table.ts";

/** How a result is written. */
export type Format = "table" | "json" | "paths" | TableFormat;

/** Options of `query`. */
export type QueryOptions = Reading &
  SimpleConditions & {
    readonly level?: QueryLevel;
    readonly limit?: number;
    readonly output?: Format;
    readonly columns?: readonly string[];
    readonly countBy?: readonly string[];
    readonly explain?: boolean;
  };

/** Slices of one request. */
const pageSize = 1_000;

/** The number of slices that are printed by default: a page for a person, everything for a file. */
const defaultLimit = (format: Format): number => (format === "table" || format === "json" ? 100 : 10_000_000);

/** Runs `query` over an expression, a saved query or a pin, in pages of {@link pageSize}. */
export const runQuery = async (expression: string, options: QueryOptions): Promise<void> => {
  const server = await findServer();
  const body = await askedOf(server, expression, options);
  if (options.explain === true) return explainQuery(server, body, options);
  const format = options.json === true ? "json" : (options.output ?? "table");
  const [columns, by] = [options.columns, options.countBy].map((texts) => (texts ?? []).flatMap(splitColumns));
  if (by !== undefined && by.length > 0) return countFound(server, body.expression, by, format, options.limit);
  const asked = { ...body, columns: columns ?? [] };
  const limit = options.limit ?? defaultLimit(format);
  if (format === "json") return printJson(await collected(server, asked, limit));
  if (format === "table") {
    const found = await collected(server, asked, limit);
    printFound(found.level, found.slices, asked.columns);
    return printOmissions(found);
  }
  const writer = format === "paths" ? null : openTableWriter(format);
  for await (const page of pagesOf(server, asked, limit)) {
    if (writer === null) printPaths(page.items);
    else writer.add(resultTable(page.level, page.items, asked.columns));
    for (const notice of page.notices) printMessage(notice);
  }
  await writer?.end();
};

type Page = {
  readonly expression: string;
  readonly level: QueryLevel;
  readonly items: readonly SliceSummary[];
  readonly next: string | null;
  readonly total: number | null;
  readonly unknown: number | null;
  readonly notices: readonly string[];
};

type AskedColumns = Asked & { readonly columns: string[] };

const pagesOf = async function* (server: Server, body: AskedColumns, limit: number): AsyncGenerator<Page> {
  let after: string | undefined;
  for (let left = limit; left > 0; ) {
    const page = await server.call(catalogRoutes.runQuery, {
      body: { ...body, limit: Math.min(left, pageSize), ...(after === undefined ? { count: true } : { after }) },
    });
    yield page;
    if (page.next === null) return;
    left -= page.items.length;
    after = page.next;
  }
};

type Found = Pick<Page, "expression" | "level" | "total" | "unknown" | "notices"> & {
  readonly columns: readonly string[];
  readonly slices: readonly SliceSummary[];
  readonly more: boolean;
};

const collected = async (server: Server, body: AskedColumns, limit: number): Promise<Found> => {
  const pages: Page[] = [];
  for await (const page of pagesOf(server, body, limit)) pages.push(page);
  const [first] = pages;
  return {
    expression: first?.expression ?? body.expression,
    level: first?.level ?? body.level ?? "scan",
    columns: body.columns,
    total: first?.total ?? null,
    unknown: first?.unknown ?? null,
    notices: first?.notices ?? [],
    more: (pages.at(-1)?.next ?? null) !== null,
    slices: pages.flatMap(({ items }) => items),
  };
};

const printOmissions = ({ total, unknown, more, slices, notices }: Found): void => {
  for (const notice of notices) printMessage(notice);
  if (more)
    printMessage(
      `${slices.length} of ${total ?? "many"} are shown; see more with --limit, or all with --output paths or csv.`,
    );
  if (unknown !== null && unknown > 0)
    printMessage(
      `${plural(unknown, "scan")} ${unknown === 1 ? "was" : "were"} left out, because a field of the expression is missing there.`,
    );
};
