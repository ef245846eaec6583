/**
 * The flagship example from heads to a report: seconds cold and again, masks and volumes beside the truth, memory asked for and held.
 * `BENCH_SUBJECTS=01,05` takes these people only, `BENCH_FINE=no` leaves the head at 1 mm out, `BENCH_KEEP=FOLDER` keeps the derivatives.
 */
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseManifest } from "@rollerblade/analysis";
import { type HttpClient, readAll, routerRoutes } from "@rollerblade/client";
import { z } from "zod";
import { settle } from "../e2e/settle.ts";
import { since, workDone } from "../e2e/work-done.ts";
import { createWorld, root, type World } from "../e2e/world.ts";
import { cases, truthOf } from "../quality/colin-mini.ts";
import { dice, relativeError, volume } from "../quality/dice.ts";
import { type Mask, readMask } from "../quality/nifti.ts";
import { fetchFineHead } from "./flagship/head-at-1mm.ts";
import { watchMemory } from "./flagship/memory-of-attempts.ts";

const flagship = join(root, "examples", "flagship");
const analyses = ["deface", "brain-net", "bias", "tissues", "group-report"];

/** An hour: a machine that has other work to do is slow. */
const timeoutMs = 3_600_000;

const chosen = process.env.BENCH_SUBJECTS?.split(",").map((label) => `sub-${label}`);

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

const must = async (world: World, ...args: string[]): Promise<void> => {
  const { code, stderr } = await world.run(args);
  if (code !== 0) throw new Error(`rollerblade ${args.join(" ")} ended with ${code}\n${stderr}`);
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return round((performance.now() - begin) / 1000);
};

/** The file of a derivative whose name ends so, below the derivatives of a dataset. */
const outputOf = async (world: World, dataset: string, start: string, end: string): Promise<Buffer> => {
  const folder = join(world.bucket, "datasets", dataset, "derivatives");
  const paths = await readdir(folder, { recursive: true });
  const path = paths.find((one) => basename(one).startsWith(`${start}_`) && one.endsWith(end));
  if (path === undefined) throw new Error(`${dataset} has no ${end} of ${start}.`);
  return readFile(join(folder, path));
};

/** Waits until the report has been decided about, which its rule does when every scan is final, and then until nothing is left to do. */
const finish = async (api: HttpClient, dataset: string): Promise<void> => {
  for (;;) {
    const decisions = await readAll((after) => api.call(routerRoutes.listDecisions, { query: { dataset, after } }));
    const report = decisions.find(({ rule }) => rule === "flagship-report");
    if (report !== undefined && report.outcome !== null) {
      for (const { rule, slice, outcome, reason } of decisions)
        if (outcome === "failed") console.log(`${rule} failed for ${slice.subject} ${slice.session}: ${reason}`);
      return settle(api, timeoutMs);
    }
    await sleep(500);
  }
};

const volumes = z.object({ csf: z.number(), gm: z.number(), wm: z.number(), brainVolume: z.number() });
const check = z.object({ removedVoxels: z.number(), removedBrainVoxels: z.number() });

const measure = async (world: World, dataset: string, name: string, truth: Mask) => {
  const mask = readMask(await outputOf(world, dataset, name, "_desc-brain_mask.nii.gz"));
  const tissues = volumes.parse(JSON.parse(`${await outputOf(world, dataset, name, "_desc-tissue_volumes.json")}`));
  const face = check.parse(JSON.parse(`${await outputOf(world, dataset, name, "_desc-deface_check.json")}`));
  return {
    dice: round(dice(mask, truth), 4),
    "intracranial, mL": round(volume(mask)),
    "true brain, mL": round(volume(truth)),
    "wider by": `${round(100 * relativeError(volume(mask), volume(truth)))} %`,
    "fluid, mL": round(tissues.csf),
    "grey, mL": round(tissues.gm),
    "white, mL": round(tissues.wm),
    "face voxels gone": face.removedVoxels,
    "brain voxels gone": face.removedBrainVoxels,
  };
};

const world = await createWorld();
const memory = watchMemory(flagship);
try {
  const data = await world.copyOfColin();
  const people = cases.filter(({ subject }) => chosen === undefined || chosen.includes(subject));
  for (const { subject } of cases)
    if (!people.some((one) => one.subject === subject)) await rm(join(data, subject), { recursive: true, force: true });
  await world.up();
  const api = await world.api();
  const environments = await timed(async () => {
    for (const name of analyses) await must(world, "analysis", "create", join(flagship, name));
  });
  const cold = await timed(async () => {
    await must(world, "dataset", "import", data);
    await must(world, "pipeline", "apply", join(flagship, "pipeline.yaml"));
    await finish(api, "colin-mini");
  });
  const first = await workDone(api);
  console.log(`environments in ${environments} s, ${people.length} heads cold in ${cold} s`);
  const again = await timed(async () => {
    await must(world, "pipeline", "apply", join(flagship, "pipeline.yaml"));
    await finish(api, "colin-mini");
  });
  if (process.env.BENCH_KEEP !== undefined)
    await cp(join(world.bucket, "datasets"), process.env.BENCH_KEEP, { recursive: true });
  const second = since(first, await workDone(api));
  console.log(`again in ${again} s: ${JSON.stringify(second)}`);
  const heads: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const one of people) {
    // A head that was refused has no mask; the others still count.
    const found = await measure(world, "colin-mini", one.name, truthOf(one)).catch((error: unknown) => {
      console.log(`${one.name}: ${error}`);
      return null;
    });
    if (found !== null) heads[one.name] = found;
  }
  const scores = Object.values(heads).map((one) => one.dice);
  const summary = { mean: round(mean(scores), 4), least: Math.min(...scores) };
  let fine: number | null = null;
  if (process.env.BENCH_FINE !== "no") {
    const head = await fetchFineHead(join(world.folder, "fine"));
    fine = await timed(async () => {
      await must(world, "dataset", "import", head.dataset);
      await finish(api, "colin-fine");
    });
    heads["ch2 at 1 mm"] = await measure(world, "colin-fine", "sub-ch2", readMask(await readFile(head.mask)));
  }
  await memory.stop();
  const asked = await Promise.all(
    analyses.map(async (name) => {
      const manifest = parseManifest(await readFile(join(flagship, name, "analysis.yaml"), "utf8"), name);
      const held = memory.peaks.get(name) ?? 0;
      return [
        name,
        { "asked, MiB": manifest.resources.memory / 2 ** 20, "held, MiB": Math.round(held / 2 ** 20) },
      ] as const;
    }),
  );
  console.log(
    `${people.length} heads on ${availableParallelism()} cores; masks beside the true brain, without its outer fluid`,
  );
  console.table(heads);
  console.table(Object.fromEntries(asked));
  console.table({
    "environments, s": environments,
    "cold, s": cold,
    "again, s": again,
    "one head at 1 mm, s": fine ?? "left out",
    "Dice, mean": summary.mean,
    "Dice, least": summary.least,
  });
  console.log(
    JSON.stringify({
      benchmark: "flagship",
      environments,
      cold,
      first,
      again,
      second,
      fine,
      heads,
      memory: Object.fromEntries(asked),
    }),
  );
} finally {
  await memory.stop();
  await world.close();
}
