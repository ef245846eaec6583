/** Queries over a million files: first pages within one dataset and over all, cold and warm, beside SQL written by hand. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, disconnect, migrate } from "@rollerblade/database";
import { openReader, type Reader } from "../../services/catalog/src/query/reader.ts";
import { byHand, ours } from "./queries/ask.ts";
import { startColdServers } from "./queries/cold-servers.ts";
import { quantile, sideBySide, timed } from "./queries/measure.ts";
import { fillCatalog } from "./queries/million-files.ts";
import { realisticQueries } from "./queries/realistic-queries.ts";

const files = Number(process.env.BENCH_FILES ?? 1_000_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 100);
/** The largest: a fifth of everything. */
const dataset = "study-01";

const folder = await mkdtemp(join(tmpdir(), "rollerblade-queries-"));
const servers = await startColdServers(folder);

const fill = async (): Promise<number> => {
  const sql = connect(servers.databaseUrl(), { max: 1, statementTimeout: 0 });
  const migrations = new URL("../../services/catalog/migrations/", import.meta.url);
  await migrate(servers.databaseUrl(), [{ schema: "catalog", migrations }]);
  const begin = performance.now();
  const filled = await fillCatalog(sql, files);
  await sql`vacuum analyze`;
  await disconnect(sql);
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(`${filled.files} files, ${filled.scans} scans, filled in ${seconds} s`);
  return filled.files;
};

const withReader = async <T>(work: (reader: Reader) => Promise<T>): Promise<T> => {
  const reader = openReader(servers.databaseUrl(), { seconds: 60, maxConnections: 1 });
  try {
    // What a service did long before the first question: connect.
    await reader.sql`select`;
    return await work(reader);
  } finally {
    await reader.close();
  }
};

const rounded = (milliseconds: number): number => Number(milliseconds.toFixed(2));
const ratioOf = (times: { ours: number[]; byHand: number[] }): number =>
  quantile(times.ours, 0.5) / quantile(times.byHand, 0.5);

try {
  const filled = await fill();
  const cold: Record<string, [one: number, all: number]> = {};
  let forgotten = "";
  for (const query of realisticQueries) {
    const first = async (where: string | null): Promise<number> => {
      forgotten = await servers.restart();
      return withReader((reader) => timed(ours(reader, query, where)));
    };
    cold[query.title] = [await first(dataset), await first(null)];
  }
  const rows: Record<string, Record<string, number>> = {};
  const warm = { one: [] as number[], all: [] as number[], ratios: [] as number[] };
  await withReader(async (reader) => {
    for (const query of realisticQueries) {
      const one = await sideBySide(rounds, ours(reader, query, dataset), byHand(reader.sql, query, dataset));
      const all = await sideBySide(rounds, ours(reader, query, null), byHand(reader.sql, query, null));
      warm.one.push(...one.ours);
      warm.all.push(...all.ours);
      warm.ratios.push(ratioOf(all));
      rows[query.title] = {
        "one: cold": rounded(cold[query.title]?.[0] ?? Number.NaN),
        "one: p50": rounded(quantile(one.ours, 0.5)),
        "one: p99": rounded(quantile(one.ours, 0.99)),
        "one: by hand": rounded(quantile(one.byHand, 0.5)),
        "all: cold": rounded(cold[query.title]?.[1] ?? Number.NaN),
        "all: p50": rounded(quantile(all.ours, 0.5)),
        "all: p99": rounded(quantile(all.ours, 0.99)),
        "all: by hand": rounded(quantile(all.byHand, 0.5)),
        "all: ratio": rounded(ratioOf(all)),
      };
    }
  });
  console.log(
    `Milliseconds to a first page; cold is the first query of a new server (forgotten: caches of ${forgotten})`,
  );
  console.table(rows);
  const coldOnes = Object.values(cold).map(([one]) => one);
  const figures = {
    p50: rounded(quantile(warm.one, 0.5)),
    p99: rounded(quantile(warm.one, 0.99)),
    coldP50: rounded(quantile(coldOnes, 0.5)),
    maxColdMs: rounded(Math.max(...coldOnes)),
    allP50: rounded(quantile(warm.all, 0.5)),
    allP99: rounded(quantile(warm.all, 0.99)),
    ratio: rounded(quantile(warm.ratios, 0.5)),
    worstRatio: rounded(Math.max(...warm.ratios)),
  };
  console.table({
    "first page in one dataset, warm, p50": { value: figures.p50, unit: "ms", aim: "< 5" },
    "first page in one dataset, warm, p99": { value: figures.p99, unit: "ms", aim: "< 50" },
    "first page in one dataset, cold, median": { value: figures.coldP50, unit: "ms" },
    "first page in one dataset, cold, slowest": { value: figures.maxColdMs, unit: "ms" },
    "first page over all, warm, p50": { value: figures.allP50, unit: "ms" },
    "first page over all, warm, p99": { value: figures.allP99, unit: "ms" },
    "over all, median ratio to SQL by hand": { value: figures.ratio, unit: "", aim: "≤ 1.3" },
    "over all, worst ratio": { value: figures.worstRatio, unit: "", aim: "≤ 1.3" },
  });
  console.log(JSON.stringify({ benchmark: "queries", files: filled, ...figures }));
  if (figures.p50 > 5 || figures.p99 > 50 || figures.worstRatio > 1.3) process.exitCode = 1;
} finally {
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
}
