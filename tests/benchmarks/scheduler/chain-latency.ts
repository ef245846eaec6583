import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HttpClient, schedulerRoutes } from "@rollerblade/client";
import { every } from "../../e2e/every.ts";
import { settle } from "../../e2e/settle.ts";
import type { World } from "../../e2e/world.ts";
import { must } from "./must.ts";
import { writeTinyDataset, writeTinyScan } from "./tiny-dataset.ts";
import { writeTrivialAnalysis } from "./trivial-analysis.ts";

const document = `datasets: [chain]
rules:
  - name: first
    on: {scan: {suffix: T1w}}
    run: {analysis: first, version: ^1}
  - name: second
    on: {derivative: {analysis: first, output: copy}}
    run: {analysis: second, version: ^1}
`;

/**
 * Milliseconds from the end of one execution to the start of the next one that a rule calls for, for scans that come one by one:
 * publishing, index, rule, request, plan and claim lie in between.
 */
export const measureChain = async (world: World, scans: number): Promise<readonly number[]> => {
  const folder = join(world.folder, "data", "chain");
  const api = await world.api();
  await must(world, ["analysis", "create", await writeTrivialAnalysis(world.folder, { name: "first" })]);
  await must(world, ["analysis", "create", await writeTrivialAnalysis(world.folder, { name: "second", of: "first" })]);
  await writeFile(join(world.folder, "chain.yaml"), document);
  await must(world, ["pipeline", "apply", join(world.folder, "chain.yaml")]);
  await writeTinyDataset(folder, 0);
  for (let scan = 0; scan < scans; scan++) {
    await writeTinyScan(folder, scan);
    await must(world, ["dataset", "import", folder]);
  }
  await settle(api);
  return gaps(api);
};

const gaps = async (api: HttpClient): Promise<readonly number[]> => {
  const first = await attemptsOf(api, "first");
  const second = await attemptsOf(api, "second");
  return [...second].map(([scan, { started }]) => started - (first.get(scan)?.finished ?? Number.NaN));
};

type Times = { readonly started: number; readonly finished: number };

const attemptsOf = async (api: HttpClient, analysis: string): Promise<Map<string, Times>> => {
  const tasks = await every((after) =>
    api.call(schedulerRoutes.listTasks, { query: { dataset: "chain", limit: 1_000, ...(after ? { after } : {}) } }),
  );
  const times = new Map<string, Times>();
  for (const { id, slice, analysis: name } of tasks) {
    if (name !== analysis || slice.scan === null) continue;
    const { history } = await api.call(schedulerRoutes.showTask, { params: { id } });
    const attempt = history?.attempts.at(-1);
    if (attempt === undefined) continue;
    times.set(slice.scan, { started: Date.parse(attempt.startedAt), finished: Date.parse(attempt.finishedAt ?? "") });
  }
  return times;
};
