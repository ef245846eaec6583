import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, type HttpClient, readAll } from "@rollerblade/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { cases } from "../quality/colin-mini.ts";
import { settle } from "./settle.ts";
import { since, type WorkDone, workDone } from "./work-done.ts";
import { createWorld, root, type World } from "./world.ts";

const flagship = join(root, "examples", "flagship");
const analyses = ["deface", "brain-net", "bias", "tissues", "group-report"];
const names = analyses.map((name) => `flagship-${name}`);

/** The environments, where no other run has left them in the cache of uv, and a minute of one core for the head. */
const timeoutMs = 900_000;

let world: World;
let api: HttpClient;

const must = async (...args: string[]): Promise<void> => {
  const { code, stdout, stderr } = await world.run(args);
  expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
};

/** Waits until a dataset has a derivative of each analysis, and then until nothing is left to do. */
const finished = async (dataset: string): Promise<void> => {
  await expect
    .poll(
      async () => {
        const all = await readAll((after) => api.call(catalogRoutes.listDerivatives, { query: { dataset, after } }));
        return names.filter((name) => !all.some(({ analysis }) => analysis === name));
      },
      { timeout: timeoutMs },
    )
    .toEqual([]);
  await settle(api);
};

const outputOf = async (ending: string): Promise<string> => {
  const folder = join(world.bucket, "datasets", "colin-one", "derivatives");
  const path = (await readdir(folder, { recursive: true })).find((one) => one.endsWith(ending));
  return readFile(join(folder, path ?? ending), "utf8");
};

beforeAll(async () => {
  world = await createWorld();
  await world.up();
  api = await world.api();
  for (const name of analyses) await must("analysis", "create", join(flagship, name));
}, timeoutMs);
afterAll(() => world.close());

let done: WorkDone;

it("a head with a face becomes volumes and a report, each step once, and no brain is lost", {
  timeout: timeoutMs,
}, async () => {
  const data = await world.copyOfColin("colin-one");
  for (const { subject } of cases)
    if (subject !== "sub-08") await rm(join(data, subject), { recursive: true, force: true });
  await must("dataset", "import", data, "--name", "colin-one");
  await must("pipeline", "apply", join(flagship, "pipeline.yaml"));
  await finished("colin-one");
  done = await workDone(api);
  expect(done).toEqual(Object.fromEntries(names.map((name) => [`${name} ran`, 1])));
  const face = z.object({ removedVoxels: z.int(), removedBrainVoxels: z.int() });
  const check = face.parse(JSON.parse(await outputOf("_desc-deface_check.json")));
  expect(check.removedBrainVoxels).toBe(0);
  expect(check.removedVoxels).toBeGreaterThan(1_000);
  const truth = cases.find(({ subject }) => subject === "sub-08")?.brainVolume ?? Number.NaN;
  const volume = z.object({ intracranialVolume: z.number() });
  const { intracranialVolume } = volume.parse(JSON.parse(await outputOf("_desc-brain_volume.json")));
  // With the fluid around it, which the true brain volume leaves out.
  expect(intracranialVolume / truth).toBeGreaterThan(1);
  expect(intracranialVolume / truth).toBeLessThan(1.2);
  expect(await outputOf("desc-group_volumes.tsv")).toMatch(/^participant_id\t.*\nsub-08\tses-baseline\t12\.3\t/);
  expect(await outputOf("desc-group_chart.svg")).toContain("The ages of this dataset are simulated.");
});

it("the same again computes nothing", { timeout: timeoutMs }, async () => {
  await must("pipeline", "apply", join(flagship, "pipeline.yaml"), "--follow");
  await settle(api);
  expect(since(done, await workDone(api))).toEqual(
    Object.fromEntries(names.map((name) => [`${name} in-place`, 1]).sort()),
  );
});
