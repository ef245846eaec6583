import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PipelineSummary, routerRoutes } from "@rollerblade/client";
import { analysis, demo, threshold } from "@rollerblade/pipeline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RouterWorld, startRouterWorld } from "../testing/router-world.ts";

const folder = await mkdtemp(join(tmpdir(), "pipelines-"));
const file = join(folder, "watched.yaml");
let it: RouterWorld;

beforeAll(async () => {
  it = await startRouterWorld({ file: folder });
  for (const name of ["brain-mask", "tissue-volumes", "group-report"] as const) await it.create(analysis(name));
});

afterAll(async () => {
  await it.stop();
  await rm(folder, { recursive: true, force: true });
});

const inForce = async (): Promise<PipelineSummary | undefined> =>
  (await it.client.call(routerRoutes.listPipelines, { query: {} })).items.find(({ name }) => name === "watched");

const soon = { timeout: 15_000, interval: 50 };

/** As editors do: the whole file at once. */
const write = async (text: string): Promise<void> => {
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
};

test("a file is applied when it is there, again when it changes, and taken out of force when it is gone", async () => {
  await write(demo);
  await expect.poll(inForce, soon).toMatchObject({ revision: 1, owner: "service", refusal: "" });
  await write(threshold(0.7));
  await expect.poll(async () => (await inForce())?.rules[0]?.parameters, soon).toEqual({ threshold: 0.7 });

  await write(demo.replace("suffix", "sufix"));
  await expect.poll(async () => (await inForce())?.refusal, soon).toContain("sufix");
  expect(await inForce()).toMatchObject({ revision: 2, rules: [{ parameters: { threshold: 0.7 } }, {}, {}] });

  await write(threshold(0.7));
  await expect.poll(async () => (await inForce())?.refusal, soon).toBe("");

  await rm(file);
  await expect.poll(inForce, soon).toBeUndefined();
});
