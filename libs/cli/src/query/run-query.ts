import { catalogRoutes, type QueryLevel, type SliceSummary } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { explainQuery } from "./explain-query.ts";
import { type Format, printFound } from "./print-found.ts";
import { type Asked, askedOf } from "./read-asked.ts";
import type { SimpleConditions } from "./simple-conditions.ts";

/** Options of `query`. */
export type QueryOptions = Reading &
  SimpleConditions & {
    readonly level?: QueryLevel;
    readonly limit?: number;
    readonly output?: Format;
    readonly explain?: boolean;
  };

/** Slices of one request. */
const pageSize = 1_000;

/** The number of slices that are printed by default: a page for a person, everything for a file. */
const defaultLimit = (format: Format): number => (format === "table" || format === "json" ? 100 : 10_000_000);

/** `query EXPR|NAME|NAME@PIN`. */
export const runQuery = async (expression: string, options: QueryOptions): Promise<void> => {
  const server = await findServer();
  const body = await askedOf(server, expression, options);
  if (options.explain === true) return explainQuery(server, body, options);
  const format = options.json === true ? "json" : (options.output ?? "table");
  const limit = options.limit ?? defaultLimit(format);
  if (format === "json") return printJson(await collected(server, body, limit));
  if (format === "table") {
    const found = await collected(server, body, limit);
    printFound(format, found.level, found.slices, true);
    return printOmissions(found);
  }
  let first = true;
  for await (const page of pagesOf(server, body, limit)) {
    printFound(format, page.level, page.items, first);
    for (const notice of page.notices) printMessage(notice);
    first = false;
  }
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

const pagesOf = async function* (server: Server, body: Asked, limit: number): AsyncGenerator<Page> {
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
  readonly slices: readonly SliceSummary[];
  readonly more: boolean;
};

const collected = async (server: Server, body: Asked, limit: number): Promise<Found> => {
  const pages: Page[] = [];
  for await (const page of pagesOf(server, body, limit)) pages.push(page);
  const [first] = pages;
  return {
    expression: first?.expression ?? body.expression,
    level: first?.level ?? body.level ?? "scan",
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
