import type { DecisionStatus, Result } from "@rollerblade/client";
import { sendAnalysis } from "../analysis/create-analysis.ts";
import { awaitIndex } from "../dataset/await-index.ts";
import { importText, sendFolder } from "../dataset/import-folder.ts";
import { sendDocument } from "../pipeline/apply-pipeline.ts";
import type { Step } from "../progress/show-steps.ts";
import { patientServer } from "../server/patient-server.ts";
import { awaitPipeline, tasksSince } from "./await-pipeline.ts";
import { awaitResults } from "./await-results.ts";
import { countExecutions, type DemoDocument } from "./demo-document.ts";
import type { DemoPlan } from "./demo-plan.ts";
import type { DemoServer } from "./demo-server.ts";
import { steadyReport } from "./steady-report.ts";

/** What the steps of the demo find out. */
export type Found = {
  readonly began: Date;
  executions: DemoDocument["executions"];
  failures: readonly DecisionStatus[];
  results: readonly Result[];
  scans: number;
};

/** What the demo does once its server runs. */
export const stepsOf = (plan: DemoPlan, demo: () => DemoServer, found: Found): Step[] => {
  const server = () => patientServer(demo().server);
  return [
    {
      title: "Analyses",
      work: async () => {
        const created = await Promise.all(plan.analyses.map((folder) => sendAnalysis(server(), folder)));
        return created.map(({ name, version }) => `${name} ${version}`).join(", ");
      },
    },
    {
      title: "Import",
      work: async (report) => {
        const outcome = await sendFolder(server(), plan.data, plan.dataset, report);
        const { added = 0, changed = 0, unchanged = 0 } = outcome.status.summary?.scans ?? {};
        found.scans = added + changed + unchanged;
        await awaitIndex(server(), plan.dataset, found.scans, report);
        return importText(outcome);
      },
    },
    {
      title: "Pipeline",
      work: async (report) => {
        await sendDocument(server(), plan.document);
        const decisions = await awaitPipeline(server(), plan, steadyReport(report), found.scans);
        found.executions = countExecutions(decisions, await tasksSince(server(), plan, found.began));
        found.failures = decisions.filter(({ outcome }) => outcome === "failed");
        const { run, cached, inPlace, failed } = found.executions;
        return `${run} run, ${cached} cached, ${inPlace} in place, ${failed} failed`;
      },
    },
    {
      title: "Results",
      work: async (report) => {
        found.results = await awaitResults(server(), plan, report);
        return `${found.results.length} tagged`;
      },
    },
  ];
};
