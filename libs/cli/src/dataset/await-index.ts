import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes } from "@rollerblade/client";
import type { Report } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";

/** Milliseconds without a further indexed scan after which waiting ends: those that are left were refused. */
const indexTimeoutMs = 30_000;

/**
 * Waits until the catalog has indexed so many scans of a dataset; false when it stopped before, because it refused
 * some.
 */
export const awaitIndex = async (server: Server, dataset: string, scans: number, report: Report): Promise<boolean> => {
  let last = -1;
  let since = Date.now();
  for (;;) {
    const indexed = await scansOf(server, dataset);
    report({ done: indexed, total: scans, unit: "scans indexed" });
    if (indexed >= scans) return true;
    if (indexed !== last) since = Date.now();
    if (Date.now() - since > indexTimeoutMs) return false;
    last = indexed;
    await sleep(50);
  }
};

/**
 * Scans that the catalog has indexed; 0 for a dataset that was just imported and is not in the catalog yet. To ask for that one by its name
 * would be refused, and stand in the audit log as a refusal.
 */
const scansOf = async (server: Server, dataset: string): Promise<number> => {
  const { items } = await server.call(catalogRoutes.listDatasets, { query: { name: dataset } });
  return items[0]?.scans ?? 0;
};
