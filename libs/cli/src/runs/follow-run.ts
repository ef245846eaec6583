import { setTimeout as sleep } from "node:timers/promises";
import { type RunStatus, schedulerRoutes } from "@rollerblade/client";
import { showStep } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";
import { countsText } from "./run-text.ts";

/** Milliseconds between two requests for the status. */
const pollIntervalMs = 250;

/** Polls a run and shows its progress until it is finished. */
export const followRun = (server: Server, { id, analysis, version }: RunStatus): Promise<RunStatus> =>
  showStep(
    `${analysis} ${version}`,
    async (report) => {
      for (;;) {
        const run = await server.call(schedulerRoutes.showRun, { params: { id } });
        if (run.state === "finished") return run;
        const { total, open } = run.counts;
        const known = run.state === "collecting" ? null : total;
        report({ done: total - open, total: known, unit: "slices", note: countsText(run.counts) });
        await sleep(pollIntervalMs);
      }
    },
    (run) => countsText(run.counts) || "no slices",
  );
