/** Runs of trivial tasks through the whole system, beside the raw limits and Snakemake in the same run. */
import { join } from "node:path";
import { createWorld } from "./../e2e/world.ts";
import { measureChain } from "./scheduler/chain-latency.ts";
import { must } from "./scheduler/must.ts";
import { bareCopy, bareSpawn } from "./scheduler/raw-limits.ts";
import { finished, indexed, queued, requireOutcome, timedRun, untilFinished } from "./scheduler/timed-run.ts";
import { writeTinyDataset } from "./scheduler/tiny-dataset.ts";
import { writeTrivialAnalysis } from "./scheduler/trivial-analysis.ts";
import { measureSnakemake } from "./snakemake.ts";

const few = 1_000;
const many = 10_000;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

const world = await createWorld();
try {
  await world.up();
  const api = await world.api();
  const import_ = async (name: string, scans: number): Promise<void> => {
    await must(world, ["dataset", "import", await writeTinyDataset(join(world.folder, "data", name), scans)]);
    await indexed(api, name, scans);
  };
  await must(world, ["analysis", "create", await writeTrivialAnalysis(world.folder, { name: "copy" })]);

  const gaps = [...(await measureChain(world, 40))].sort((a, b) => a - b);
  const p95 = gaps[Math.ceil(0.95 * gaps.length) - 1] ?? Number.NaN;

  await import_("few", few);
  const ran = await timedRun(api, "copy", "few", finished);
  requireOutcome(ran.run, "ran", few);
  const again = await timedRun(api, "copy", "few", finished);
  requireOutcome(again.run, "inPlace", few);

  await import_("many", many);
  const planned = await timedRun(api, "copy", "many", queued);
  const first = await untilFinished(api, planned.run);
  requireOutcome(first.run, "ran", many);
  const cached = await timedRun(api, "copy", "many", finished);
  requireOutcome(cached.run, "inPlace", many);
  await world.down();

  const spawned = await bareSpawn(few);
  const copied = await bareCopy(many);
  const snakemake = await measureSnakemake(few);
  const figures = {
    "1,000 trivial executions": { value: round(few / ran.seconds, 0), unit: "tasks/s", aim: "≥ 150" },
    "the same again, all in place": { value: round(again.seconds), unit: "s", aim: "< 0.7" },
    "10,000 slices planned to queued": { value: round(planned.seconds), unit: "s", aim: "< 5" },
    "10,000 trivial executions": {
      value: round(many / (planned.seconds + first.seconds), 0),
      unit: "tasks/s",
      aim: "",
    },
    "the same again, all in place ": { value: round(cached.seconds), unit: "s", aim: "< 5" },
    "end of one execution → start of the next, p50": { value: gaps[gaps.length >> 1], unit: "ms", aim: "" },
    "end of one execution → start of the next, p95": { value: p95, unit: "ms", aim: "< 250" },
    "raw: bare spawn of cp, two at a time": { value: round(few / spawned, 0), unit: "processes/s", aim: "" },
    "raw: bare COPY of 10,000 rows of 1 kB": { value: round(copied), unit: "s", aim: "" },
    [`Snakemake ${snakemake.version}, 1,000 tasks`]: { value: round(snakemake.real), unit: "s", aim: "" },
    [`Snakemake ${snakemake.version}, again`]: { value: round(snakemake.cached), unit: "s", aim: "" },
  };
  console.table(figures);
  console.log(JSON.stringify({ benchmark: "scheduler", figures, chain: { scans: gaps.length, gaps } }));
} finally {
  await world.close();
}
