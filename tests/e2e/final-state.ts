import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { catalogRoutes, routerRoutes } from "@rollerblade/client";
import { z } from "zod";
import { every } from "./every.ts";
import type { World } from "./world.ts";

/** All that must be the same after an undisturbed and a disturbed run: nothing in it is an id or a time. */
export type FinalState = {
  /** sha256 by path below the bucket's `datasets/`. */
  readonly files: Readonly<Record<string, string>>;
  readonly derivatives: readonly string[];
  readonly decisions: readonly string[];
  readonly results: readonly string[];
};

const shown = z.array(
  z.looseObject({
    dataset: z.string(),
    tag: z.string(),
    slice: z.json(),
    value: z.json().optional(),
  }),
);

/** Reads a running world. */
export const finalState = async (world: World, dataset: string): Promise<FinalState> => {
  const api = await world.api();
  const derivatives = await every((after) =>
    api.call(catalogRoutes.listDerivatives, { query: { dataset, limit: 1_000, ...(after ? { after } : {}) } }),
  );
  const decisions = await every((after) =>
    api.call(routerRoutes.listDecisions, { query: { dataset, limit: 1_000, ...(after ? { after } : {}) } }),
  );
  const results = await world.json(shown, ["results", "--dataset", dataset]);
  return {
    files: await hashFiles(join(world.bucket, "datasets")),
    derivatives: derivatives.map(({ path, sha256, key, output }) => `${path} ${output} ${sha256} ${key}`).sort(),
    decisions: decisions.map((one) => `${one.rule} ${JSON.stringify(one.slice)} ${one.progress} ${one.key}`).sort(),
    results: results.map((one) => JSON.stringify([one.dataset, one.tag, one.slice, one.value ?? null])).sort(),
  };
};

const hashFiles = async (folder: string): Promise<Record<string, string>> => {
  const hashes: Record<string, string> = {};
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    hashes[path.slice(folder.length + 1)] = hash.digest("hex");
  }
  return Object.fromEntries(Object.entries(hashes).sort());
};
