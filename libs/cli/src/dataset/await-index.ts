import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes, readAll } from "@rollerblade/client";
import type { Report } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";

/** After so many milliseconds without a further scan nobody waits any longer. */
const patience = 30_000;

/** Waits until the catalog has indexed so many scans of a dataset; false when it stopped before, because it refused some. */
export const awaitIndex = async (server: Server, dataset: string, scans: number, report: Report): Promise<boolean> => {
  let last = -1;
  let since = Date.now();
  for (;;) {
    const indexed = await scansOf(server, dataset);
    report({ done: indexed, total: scans, unit: "scans indexed" });
    if (indexed >= scans) return true;
    if (indexed !== last) since = Date.now();
    if (Date.now() - since > patience) return false;
    last = indexed;
    await sleep(50);
  }
};

/** A dataset that was just imported may not be in the catalog yet. */
const scansOf = async (server: Server, dataset: string): Promise<number> => {
  const datasets = await readAll((after) => server.call(catalogRoutes.listDatasets, { query: { limit: 1000, after } }));
  return datasets.find(({ name }) => name === dataset)?.scans ?? 0;
};
