/** Queries over a million files: first pages within one dataset and over all, cold and warm, beside SQL written by hand. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, disconnect, migrate, type Sql } from "@rollerblade/database";
import { silentLog, startEmbedded } from "@rollerblade/embedded";
import { slicePage } from "../../services/catalog/src/query/slice-page.ts";
import { fillCatalog } from "./queries/million-files.ts";
import { type RealisticQuery, realisticQueries } from "./queries/realistic-queries.ts";

const files = Number(process.env.BENCH_FILES ?? 1_000_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 40);
const limit = 100;

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
};

const quantile = (times: readonly number[], part: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;

const ours =
  (sql: Sql, { expression, level }: RealisticQuery, readable: "all" | readonly string[]) =>
  () =>
    slicePage(sql, { expression, level, readable, mayRead: "all", limit, after: undefined, timeoutSeconds: 60 });

/** The same columns as ours: what a table of the result shows. */
const byHand =
  (sql: Sql, { level, names, where }: RealisticQuery, dataset: string | null) =>
  () => {
    const summary =
      level === "scan"
        ? "s.subject, s.session, s.suffix, s.size, s.session_attributes -> 'age' as age"
        : "count(*) as scans, array_agg(distinct s.suffix) as suffixes, sum(s.size) as size, jsonb_agg(distinct s.subject_attributes -> 'age') as ages";
    const within = dataset === null ? where : `s.dataset = $1 and ${where}`;
    const text = `select ${names}, ${summary} from catalog.scans s where ${within} ${level === "scan" ? "" : `group by ${names}`} order by ${names} limit ${limit + 1}`;
    return sql.unsafe(text, dataset === null ? [] : [dataset]);
  };

/** Cold is the first time on a new connection after PostgreSQL's own cache was emptied; the file system's stays. */
const cold = async (url: string, admin: Sql, work: (sql: Sql) => () => Promise<unknown>): Promise<number> => {
  await admin`select pg_buffercache_evict_all()`.catch(() => null);
  const sql = connect(url, { max: 1, statementTimeout: 0 });
  try {
    return await timed(work(sql));
  } finally {
    await disconnect(sql);
  }
};

const folder = await mkdtemp(join(tmpdir(), "rollerblade-queries-"));
const servers = await startEmbedded({ folder, log: silentLog });
const sql = connect(servers.databaseUrl, { max: 2, statementTimeout: 0 });
try {
  const migrations = new URL("../../services/catalog/migrations/", import.meta.url);
  await migrate(servers.databaseUrl, [{ schema: "catalog", migrations }]);
  await sql`create extension if not exists pg_buffercache`.catch(() => null);
  const begin = performance.now();
  const filled = await fillCatalog(sql, files);
  await sql`vacuum analyze`;
  console.log(
    `${filled.files} files, ${filled.scans} scans, filled in ${Math.round((performance.now() - begin) / 1000)} s`,
  );

  const rows: Record<string, Record<string, number | string>> = {};
  const within: number[] = [];
  const ratios: number[] = [];
  for (const query of realisticQueries) {
    const coldTime = await cold(servers.databaseUrl, sql, (one) => ours(one, query, ["study-01"]));
    const warm: number[] = [];
    const all = { ours: [] as number[], hand: [] as number[] };
    for (let round = 0; round < rounds; round += 1) warm.push(await timed(ours(sql, query, ["study-01"])));
    // Side by side, so that whatever else the machine does falls on both.
    for (let round = 0; round < Math.max(5, rounds / 4); round += 1) {
      all.ours.push(await timed(ours(sql, query, "all")));
      all.hand.push(await timed(async () => byHand(sql, query, null)()));
    }
    const hand = await timed(async () => byHand(sql, query, "study-01")());
    const ratio = quantile(all.ours, 0.5) / quantile(all.hand, 0.5);
    within.push(...warm);
    ratios.push(ratio);
    rows[query.title] = {
      "one dataset: cold ms": coldTime.toFixed(1),
      "p50 ms": quantile(warm, 0.5).toFixed(1),
      "p99 ms": quantile(warm, 0.99).toFixed(1),
      "by hand ms": hand.toFixed(1),
      "all: p50 ms": quantile(all.ours, 0.5).toFixed(1),
      "all, by hand ms": quantile(all.hand, 0.5).toFixed(1),
      ratio: ratio.toFixed(2),
    };
  }
  console.table(rows);
  const figures = {
    p50: quantile(within, 0.5),
    p99: quantile(within, 0.99),
    ratio: quantile(ratios, 0.5),
    worstRatio: Math.max(...ratios),
  };
  console.table({
    "first page in one dataset, p50": { value: figures.p50.toFixed(1), unit: "ms", aim: "< 5" },
    "first page in one dataset, p99": { value: figures.p99.toFixed(1), unit: "ms", aim: "< 50" },
    "over all, median ratio to SQL by hand": { value: figures.ratio.toFixed(2), unit: "", aim: "≤ 1.3" },
    "over all, worst ratio": { value: figures.worstRatio.toFixed(2), unit: "", aim: "≤ 1.3" },
  });
  console.log(JSON.stringify({ benchmark: "queries", files: filled.files, ...figures }));
  if (figures.p50 > 5 || figures.p99 > 50 || figures.worstRatio > 1.3) process.exitCode = 1;
} finally {
  await disconnect(sql);
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
}
