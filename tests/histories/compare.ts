import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, gatewayRoutes, routerRoutes, schedulerRoutes, taggerRoutes } from "@rollerblade/client";
import { every } from "../e2e/every.ts";
import { dataset } from "./history.ts";
import type { HistoryWorld } from "./history-world.ts";

/** What two systems with the same inputs must agree on; nothing in it is an id or a time. */
export type Outcome = {
  /** Raw files by path, with their sha256. */
  readonly raw: readonly string[];
  readonly scans: readonly string[];
  readonly decisions: readonly string[];
  /** Derivatives that a decision in force stands for. */
  readonly derivatives: readonly string[];
  readonly results: readonly string[];
};

/** Reads what a settled world has come to. */
export const outcomeOf = async (world: HistoryWorld): Promise<Outcome> => {
  const { api, derivatives, decisions } = await readWorld(world);
  const results = await every((after) =>
    api.call(taggerRoutes.listResults, { query: { dataset, limit: 1_000, after } }),
  );
  const scans = await every((after) =>
    api.call(catalogRoutes.runQuery, { body: { expression: "true", datasets: [dataset], limit: 1_000, after } }),
  );
  const keys = new Set(decisions.map(({ key }) => key));
  return {
    raw: (await filesBelow(join(world.bucket, "datasets", dataset))).filter((line) => !line.startsWith("derivatives/")),
    scans: scans.map(({ slice }) => JSON.stringify(slice)).sort(),
    decisions: decisions.map((one) => `${one.rule} ${JSON.stringify(one.slice)} ${one.progress} ${one.key}`).sort(),
    derivatives: derivatives
      .filter(({ key }) => keys.has(key))
      .map(({ path, sha256, key }) => `${path} ${sha256} ${key}`)
      .sort(),
    results: results.map((one) => JSON.stringify([one.tag, one.slice, one.value ?? null])).sort(),
  };
};

/** Everything that is wrong with a settled world by itself, whatever its history; empty when nothing is. */
export const faultsOf = async (world: HistoryWorld): Promise<readonly string[]> => {
  const { api, derivatives } = await readWorld(world);
  const bucket = new Map((await filesBelow(join(world.bucket, "datasets", dataset))).map((line) => split(line)));
  const letters = await api.call(gatewayRoutes.listDeadLetters, { query: {} });
  const tasks = await every((after) => api.call(schedulerRoutes.listTasks, { query: { limit: 1_000, after } }));
  const staged = await filesBelow(join(world.bucket, "staging"));
  return [
    ...derivatives
      .filter(({ path, sha256 }) => bucket.get(path) !== sha256)
      .map(({ path, sha256 }) => `in force, but the bucket holds ${bucket.get(path) ?? "nothing"}: ${path} ${sha256}`),
    ...letters.items.map((letter) => `dead letter: ${JSON.stringify(letter)}`),
    ...tasks.filter(({ outcome }) => outcome === null).map((task) => `open task: ${JSON.stringify(task)}`),
    ...staged.filter((line) => !line.startsWith("imports/")).map((line) => `left in staging: ${line}`),
  ];
};

const readWorld = async (world: HistoryWorld) => {
  const api = world.api();
  const derivatives = await every((after) =>
    api.call(catalogRoutes.listDerivatives, { query: { dataset, limit: 1_000, after } }),
  );
  const decisions = await every((after) =>
    api.call(routerRoutes.listDecisions, { query: { dataset, limit: 1_000, after } }),
  );
  return { api, derivatives, decisions };
};

/** `path sha256:…` of every file below a folder. */
const filesBelow = async (folder: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const sha256 = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    lines.push(`${path.slice(folder.length + 1)} sha256:${sha256}`);
  }
  return lines.sort();
};

const split = (line: string): [string, string] => {
  const space = line.lastIndexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
};
