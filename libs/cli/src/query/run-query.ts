import type { Level } from "@rollerblade/analysis";
import { catalogRoutes, type SliceSummary } from "@rollerblade/client";
import { type Cell, formatBytes, printJson, printTable, type Reading } from "../print.ts";
import { say } from "../say.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";

/** What `query` is told. */
export type QueryOptions = Reading & {
  readonly level: Level;
  readonly dataset?: readonly string[];
  readonly limit: number;
};

type Found = {
  readonly total: number | null;
  readonly unknown: number | null;
  readonly slices: readonly SliceSummary[];
};

/** `query EXPR`. */
export const runQuery = async (expression: string, options: QueryOptions): Promise<void> => {
  const server = await findServer();
  const found = await find(server, expression, options);
  if (options.json === true) return printJson({ expression, level: options.level, ...found });
  printTable(["slice", "scans", "suffixes", "size", "age"], found.slices.map(rowOf), "Nothing matches.");
  if (found.total !== null && found.total > found.slices.length) {
    say(`${found.slices.length} of ${found.total} are shown; see more with --limit.`);
  }
  if (found.unknown !== null && found.unknown > 0) {
    say(`${found.unknown} scans were left out, because they lack a field of the expression.`);
  }
};

const find = async (server: Server, expression: string, options: QueryOptions): Promise<Found> => {
  const { level, limit, dataset } = options;
  const body = { expression, level, ...(dataset === undefined ? {} : { datasets: [...dataset] }) };
  const first = await server.call(catalogRoutes.runQuery, {
    body: { ...body, limit: Math.min(limit, 1000), count: true },
  });
  const slices = [...first.items];
  for (let after = first.next; after !== null && slices.length < limit; ) {
    const page = await server.call(catalogRoutes.runQuery, {
      body: { ...body, limit: Math.min(limit - slices.length, 1000), after },
    });
    slices.push(...page.items);
    after = page.next;
  }
  return { total: first.total, unknown: first.unknown, slices };
};

const rowOf = ({ slice, scans, suffixes, size, age }: SliceSummary): Cell[] => [
  ...[sliceName(slice), scans, suffixes.join(" "), formatBytes(size)],
  age,
];
