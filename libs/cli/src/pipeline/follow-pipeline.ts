import { setTimeout as sleep } from "node:timers/promises";
import { type PipelineStatus, type RuleCounts, routerRoutes } from "@rollerblade/client";
import type { Report } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";

/** Milliseconds between two requests for the status: often enough for a progress bar. */
const pollIntervalMs = 100;

/**
 * Polls the status of a document until nothing is left to be evaluated, requested or waited for, and `enough` returns
 * true. Only the caller knows of facts that the router has not received yet, so that it decides with `enough` whether
 * to wait for them.
 */
export const followPipeline = async (
  server: Server,
  name: string,
  report: Report,
  enough: (status: PipelineStatus) => boolean = () => true,
): Promise<PipelineStatus> => {
  for (;;) {
    const status = await server.call(routerRoutes.showPipelineStatus, { params: { name } });
    report(progressOf(status));
    if (status.settled && status.openBatches === 0 && enough(status)) return status;
    await sleep(pollIntervalMs);
  }
};

const progressOf = ({ rules }: PipelineStatus) => {
  const sum = sumOf(rules);
  const done = sum.ran + sum.cached + sum.inPlace + sum.failed;
  return { done, total: done + sum.asked + sum.waiting, unit: "slices", note: outcomesText(sum) };
};

/** The counts of all rules together. */
export const sumOf = (rules: readonly RuleCounts[]) => {
  const sum = (of: (rule: RuleCounts) => number) => rules.reduce((total, rule) => total + of(rule), 0);
  return {
    asked: sum((rule) => rule.asked),
    waiting: sum((rule) => rule.waiting),
    ran: sum((rule) => rule.ran),
    cached: sum((rule) => rule.cached),
    inPlace: sum((rule) => rule.inPlace),
    failed: sum((rule) => rule.failed),
  };
};

/** Writes the outcomes with their counts: `12 executed, 1 failed`; outcomes without a slice are left out. */
export const outcomesText = (counts: { ran: number; cached: number; inPlace: number; failed: number }): string =>
  [
    [counts.ran, "executed"],
    [counts.cached, "cached"],
    [counts.inPlace, "in place"],
    [counts.failed, "failed"],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(", ");
