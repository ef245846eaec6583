import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes, type Result, readAll } from "@rollerblade/client";
import type { Report } from "../progress/show-steps.ts";
import { readResults } from "../results/read-results.ts";
import type { Server } from "../server/find-server.ts";
import type { DemoPlan } from "./demo-plan.ts";

/** Milliseconds after which derivatives that are not tagged yet are no longer waited for. */
const tagTimeoutMs = 15_000;

/** Waits until every derivative in force that a tag of the document speaks of is tagged. */
export const awaitResults = async (server: Server, plan: DemoPlan, report: Report): Promise<readonly Result[]> => {
  const expected = await countExpected(server, plan);
  for (const deadline = Date.now() + tagTimeoutMs; ; await sleep(50)) {
    const results = await readResults(server, { dataset: plan.dataset });
    report({ done: results.length, total: expected, unit: "results" });
    if (results.length >= expected || Date.now() > deadline) return results;
  }
};

const countExpected = async (server: Server, { dataset, document }: DemoPlan): Promise<number> => {
  const derivatives = await readAll((after) =>
    server.call(catalogRoutes.listDerivatives, { query: { dataset, limit: 1000, after } }),
  );
  return document.tags.reduce(
    (sum, { from }) =>
      sum + derivatives.filter(({ analysis, output }) => analysis === from.analysis && output === from.output).length,
    0,
  );
};
