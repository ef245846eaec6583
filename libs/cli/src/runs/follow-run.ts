import { setTimeout as sleep } from "node:timers/promises";
import { type RunStatus, schedulerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { showStep } from "../progress/show-steps.ts";
import type { Server } from "../server/find-server.ts";
import { patientServer } from "../server/patient-server.ts";
import { countsText } from "./run-text.ts";

/** Milliseconds between two requests for the status. */
const pollIntervalMs = 250;

/**
 * Prints the id of a run, then polls it and shows its progress until it is finished, also across a restart of the server. Ctrl-C ends
 * the command and not the run, and says so.
 */
export const followRun = async (server: Server, run: RunStatus): Promise<RunStatus> => {
  const leave = (): void => {
    printMessage(`\nRun ${run.id} goes on; end it with \`rollerblade runs cancel ${run.id}\`.`);
    process.exit(130);
  };
  process.once("SIGINT", leave);
  printMessage(`Run ${run.id}`);
  try {
    return await showProgress(patientServer(server), run);
  } finally {
    process.off("SIGINT", leave);
  }
};

const showProgress = (server: Server, { id, analysis, version }: RunStatus): Promise<RunStatus> =>
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
