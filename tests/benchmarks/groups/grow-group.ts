import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { settle } from "../../e2e/settle.ts";
import type { World } from "../../e2e/world.ts";
import { must } from "../scheduler/must.ts";
import { indexed } from "../scheduler/timed-run.ts";
import { writeTinyDataset, writeTinyScan } from "../scheduler/tiny-dataset.ts";
import { writeTrivialAnalysis } from "../scheduler/trivial-analysis.ts";
import { processorTime } from "./processor-time.ts";

/** What one scan more costs, in seconds: of processor, and from the end of its upload to the published report. */
export type Growth = { readonly server: number; readonly postgres: number; readonly wait: number };

const manifest = `name: report
version: 1.0.0
process: [cp, "{in.copies}/index.json", "{out.members}"]
level: dataset
inputs:
  copies: {analysis: copy, version: ^1, output: copy, many: true}
resources: {cpu: "0.25", memory: 16Mi, timeout: 1m}
outputs:
  members: {name: "{entities}_desc-group_members.json"}
`;

const document = `datasets: [group]
rules:
  - name: copies
    on: {scan: {suffix: T1w}}
    run: {analysis: copy, version: ^1}
  - name: report
    on: {derivative: {analysis: copy}}
    join: {by: [dataset], need: [{analysis: copy, output: copy}], complete: all}
    run: {analysis: report, version: ^1}
`;

/** Milliseconds in which the services take note of a report that was published, which counts as its cost. */
const lingerMs = 2_000;

/** Makes a group of so many members with a report over all of them, then adds scans one by one. */
export const growGroup = async (
  world: World,
  folder: string,
  members: number,
  added: number,
): Promise<readonly Growth[]> => {
  await world.up();
  const api = await world.api();
  await must(world, ["analysis", "create", await writeTrivialAnalysis(world.folder, { name: "copy" })]);
  await mkdir(join(world.folder, "report"));
  await writeFile(join(world.folder, "report", "analysis.yaml"), manifest);
  await must(world, ["analysis", "create", join(world.folder, "report", "analysis.yaml")]);
  await writeFile(join(world.folder, "pipeline.yaml"), document);
  await must(world, ["pipeline", "apply", join(world.folder, "pipeline.yaml")]);
  await must(world, ["dataset", "import", await writeTinyDataset(folder, members)]);
  await indexed(api, basename(folder), members);
  await reported(world, members);
  await settle(api);

  const growths: Growth[] = [];
  for (let scan = members; scan < members + added; scan++) {
    const path = await writeTinyScan(folder, scan);
    const before = processorTime(world.folder);
    await must(world, ["scan", "upload", basename(folder), path]);
    const begin = performance.now();
    await reported(world, scan + 1);
    const wait = (performance.now() - begin) / 1000;
    await sleep(lingerMs);
    const after = processorTime(world.folder);
    growths.push({ server: after.server - before.server, postgres: after.postgres - before.postgres, wait });
  }
  await world.down();
  return growths;
};

/** Waits until the published report has so many members. It looks into the bucket, so that waiting costs the server nothing. */
const reported = async (world: World, members: number): Promise<void> => {
  const folder = join(world.bucket, "datasets", "group", "derivatives", "report-1.0.0");
  for (;;) {
    const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
    const report = names.find((name) => name.endsWith("_members.json"));
    const text = report === undefined ? "[]" : await readFile(join(folder, report), "utf8");
    const found: unknown = JSON.parse(text);
    if (Array.isArray(found) && found.length === members) return;
    await sleep(50);
  }
};
