import { defineService } from "@rollerblade/service-kit";
import { cancelRequested, dispatchDelayed } from "./attempts/attempt-loops.ts";
import { createDispatcher } from "./attempts/dispatcher.ts";
import { createFinishAttempt } from "./attempts/finish-attempts.ts";
import { dropLeases, reconcileAttempts, renewLeases } from "./attempts/reconcile.ts";
import { schedulerConfig } from "./config.ts";
import { createExecutors } from "./create-executors.ts";
import { createMetrics } from "./metrics.ts";
import { runLoop } from "./notifications.ts";
import { planOpenTasks } from "./planning/planner.ts";
import { renewPublications } from "./publishing/claim-publications.ts";
import { writeFolders } from "./publishing/derivative-folder.ts";
import { dropLeftovers, dropStaging } from "./publishing/drop-staging.ts";
import { createPublisher } from "./publishing/publisher.ts";
import { dropSources } from "./publishing/sources-objects.ts";
import { nameReplica } from "./replica.ts";
import { refuseRevoked } from "./rights/refuse-tasks.ts";
import { serveAnalyses } from "./routes/analysis-routes.ts";
import { serveAssets } from "./routes/asset-routes.ts";
import { serveExecutions } from "./routes/execution-routes.ts";
import { serveRatings } from "./routes/rating-routes.ts";
import { serveRuns } from "./routes/run-routes.ts";
import { serveTasks } from "./routes/task-routes.ts";
import { auditRuns } from "./runs/audit-runs.ts";
import { collectSlices } from "./runs/collect-slices.ts";
import { consumeRequests } from "./runs/consume-requests.ts";
import { stopRuns } from "./runs/stop-runs.ts";
import type { Scheduler } from "./scheduler.ts";
import { consumeWithdrawals } from "./withdrawing/consume-withdrawals.ts";
import { removeWithdrawn } from "./withdrawing/remove-withdrawn.ts";

/** Milliseconds. */
const day = 24 * 60 * 60 * 1000;

/** Runs analyses over slices: plans what must run at all, runs it, and publishes what came of it. */
export const scheduler = defineService({
  name: "scheduler",
  config: schedulerConfig,
  database: { schema: "scheduler", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    const parts: Scheduler = { ...context, replica: nameReplica(), metrics: createMetrics(context.registry) };
    const { leaseSeconds } = context.config;
    const executors = await createExecutors(parts);
    const dispatcher = createDispatcher(parts, executors.of, createFinishAttempt(parts));
    const publisher = createPublisher(parts);
    parts.metrics.watch("attempts", () => dispatcher.attempts().length);
    parts.metrics.watch("publications", () => publisher.tasks().length);

    serveAnalyses({ ...parts, identify: executors.identify });
    serveAssets(parts);
    serveRuns({ ...parts, identify: executors.identify });
    serveTasks(parts);
    serveRatings(parts);
    serveExecutions(parts, executors.all);
    consumeRequests(parts);
    consumeWithdrawals(parts);

    runLoop(parts, "collect", () => collectSlices(parts), { exclusive: true });
    runLoop(parts, "plan", () => planOpenTasks(parts), { exclusive: true });
    runLoop(parts, "stop", () => stopRuns(parts), { exclusive: true });
    runLoop(parts, "audit", () => auditRuns(parts), { exclusive: true, delayMs: 500 });
    runLoop(parts, "dispatch", () => dispatchDelayed(parts, dispatcher));
    runLoop(parts, "revoke", () => refuseRevoked(parts), { exclusive: true, delayMs: 100 });
    runLoop(parts, "cancel", () => cancelRequested(parts.sql, dispatcher));
    for (const { handleReports } of executors.all)
      if (handleReports !== undefined) runLoop(parts, "report", handleReports);
    runLoop(parts, "publish", () => publisher.publish());
    runLoop(parts, "withdraw", () => removeWithdrawn(parts), { exclusive: true, delayMs: 100 });
    runLoop(parts, "folders", () => writeFolders(parts), { exclusive: true, delayMs: 300, maxShare: 0.015 });
    runLoop(parts, "sweep", () => dropStaging(parts), { exclusive: true, delayMs: 2_000 });
    context.every("reconcile", context.config.sweepSeconds * 1000, () =>
      reconcileAttempts(parts, dispatcher, executors.all),
    );
    context.every("drop sources", day, () => dropSources(parts), { exclusive: true });
    context.every("drop leftovers", day, () => dropLeftovers(parts), { exclusive: true });
    context.every("renew leases", (leaseSeconds * 1000) / 3, async () => {
      await renewLeases(parts, dispatcher.attempts());
      await renewPublications(parts, publisher.tasks());
    });
    context.onStop(async () => {
      await Promise.all(executors.all.map((executor) => executor.close()));
      await Promise.all([publisher.settled(), dispatcher.settled()]);
      await dropLeases(parts);
    });
  },
});
