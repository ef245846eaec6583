import type { Foreseen, RunPlan } from "@rollerblade/client";
import type { Principal } from "@rollerblade/service-kit";
import { requireHighest } from "../analyses/known-analyses.ts";
import { requireAssets } from "../assets/used-assets.ts";
import { foresee } from "../planning/foresee.ts";
import type { KnownReader } from "../planning/read-known.ts";
import { isApplicable, readSlices, type SlicePage, tasksOfPage } from "./collect-slices.ts";
import { type Creating, orderedRun, type RunOrder, requireReadable } from "./create-run.ts";

/** What planning a run needs: what creating one does, and what its tasks are planned with. */
type PlanningRun = Creating & KnownReader;

/** Reasons that a plan gives, the most frequent first. */
const maxReasons = 20;

/**
 * Tells what a run would do if it were created now, without creating it: the same slices, tasks and keys are made, and nothing is
 * written.
 * @throws Problem as `createRun` does
 */
export const planRun = async (scheduler: PlanningRun, principal: Principal, order: RunOrder): Promise<RunPlan> => {
  await scheduler.authorize(principal, "run", { kind: "analysis", name: order.analysis });
  const analysis = await requireHighest(scheduler.sql, order.analysis, order.version);
  await requireAssets(scheduler, principal, analysis.manifest);
  await requireReadable(scheduler, principal, analysis.manifest);
  const run = await orderedRun(scheduler.sql, principal, order, analysis);
  const counts: Record<Foreseen | "notApplicable", number> = {
    run: 0,
    shared: 0,
    cached: 0,
    inPlace: 0,
    refused: 0,
    notApplicable: 0,
    failed: 0,
  };
  const reasons = new Map<string, number>();
  let room = order.limit ?? Number.POSITIVE_INFINITY;
  let leftOut = 0;
  let after: string | null = null;
  do {
    const found: SlicePage = await readSlices(scheduler, analysis, principal, order.query, after);
    const page = tasksOfPage(run, analysis, found, room);
    const { tasks } = page;
    leftOut += page.leftOut;
    room -= tasks.filter(isApplicable).length;
    const possible = tasks.flatMap(({ requested, key, owner, slice: { dataset }, parametersHash: hash }) => {
      if (requested === null) return [];
      const { entities, datatype } = requested;
      return [{ key, owner, dataset, entities, datatype, parametersHash: hash, force: order.force }];
    });
    for (const end of await foresee(scheduler, analysis, possible)) counts[end] += 1;
    for (const { fault } of tasks) {
      if (fault === null) continue;
      counts[fault.outcome === "failed" ? "failed" : "notApplicable"] += 1;
      if (fault.outcome === "failed") reasons.set(fault.fault, (reasons.get(fault.fault) ?? 0) + 1);
    }
    after = page.next;
  } while (after !== null);
  const { name, version } = analysis.manifest;
  return {
    ...{ analysis: name, version, parameters: run.parameters },
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    ...counts,
    leftOut,
    reasons: [...reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, maxReasons),
  };
};
