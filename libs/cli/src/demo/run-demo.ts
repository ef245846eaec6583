import { stat } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, type Result } from "@rollerblade/client";
import { stopOnSignals } from "@rollerblade/service-kit";
import { sendAnalysis } from "../analysis/create-analysis.ts";
import { importText, sendFolder } from "../dataset/import-folder.ts";
import { sendDocument } from "../pipeline/apply-pipeline.ts";
import { printJson, type Reading } from "../print.ts";
import { type Step, showSteps } from "../progress/show-steps.ts";

import { say } from "../say.ts";
import { patientServer } from "../server/patient-server.ts";
import type { ServiceRegistry } from "../service-registry.ts";
import { awaitIndex, awaitPipeline, tasksSince } from "./await-pipeline.ts";
import { awaitResults } from "./await-results.ts";
import { countExecutions, type DemoDocument } from "./demo-document.ts";
import { type DemoPlan, planDemo } from "./demo-plan.ts";
import { type DemoServer, openDemoServer } from "./demo-server.ts";
import { showDemo } from "./show-demo.ts";

/** What `demo` is told. */
export type DemoOptions = Reading & { readonly dataset: string; readonly keep?: boolean };

/** `demo`: exit code 8 when something failed. */
export const runDemo = async (registry: ServiceRegistry, examples: URL, options: DemoOptions): Promise<void> => {
  const plan = await planDemo(examples, options.dataset);
  const began = new Date(Date.now() - process.uptime() * 1000);
  const found: Found = { began, executions: countExecutions([], []), results: [], scans: 0 };
  const opened: { demo?: DemoServer } = {};
  const open = async (): Promise<string> => {
    const demo = await openDemoServer(registry);
    opened.demo = demo;
    return startText(demo);
  };
  const interrupted = endOnSignal(() => opened.demo?.stop());
  try {
    await showSteps([{ title: "Start", work: open }, ...stepsOf(plan, () => need(opened.demo), found)]);
    const demo = need(opened.demo);
    const document = await documentOf(demo, plan, found);
    if (options.json === true) printJson(document);
    else showDemo(document, found.results, await placeOf(demo, plan));
    if (document.executions.failed > 0) process.exitCode = 8;
    interrupted.ignore();
    if (options.keep === true && demo.own) await keepRunning(demo);
  } finally {
    interrupted.ignore();
    await opened.demo?.stop();
  }
};

type Found = {
  readonly began: Date;
  executions: DemoDocument["executions"];
  results: readonly Result[];
  scans: number;
};

const stepsOf = (plan: DemoPlan, demo: () => DemoServer, found: Found): Step[] => {
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
        const decisions = await awaitPipeline(server(), plan, report, found.scans);
        found.executions = countExecutions(decisions, await tasksSince(server(), plan, found.began));
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

const documentOf = async ({ server }: DemoServer, { dataset }: DemoPlan, found: Found): Promise<DemoDocument> => {
  const summary = await patientServer(server).call(catalogRoutes.showDataset, { params: { dataset } });
  return {
    dataset,
    scans: summary.scans,
    executions: found.executions,
    derivatives: summary.derivatives,
    results: found.results.length,
    seconds: Math.round(process.uptime() * 100) / 100,
    brainVolumes: found.results.flatMap(({ tag, slice, value }) =>
      tag === "brain-volume" && typeof value === "number" && slice.subject !== null
        ? [{ subject: slice.subject, session: slice.session, mL: value }]
        : [],
    ),
  };
};

/** Ctrl-C in the middle ends the servers, too. */
const endOnSignal = (stop: () => Promise<void> | undefined): { ignore(): void } => {
  const end = () => void Promise.resolve(stop()).finally(() => process.exit(130));
  process.once("SIGINT", end).once("SIGTERM", end);
  return { ignore: () => void process.off("SIGINT", end).off("SIGTERM", end) };
};

const startText = ({ server, own }: DemoServer): string => (own ? server.url : `${server.url}, which runs already`);

const placeOf = async ({ folder }: DemoServer, { dataset }: DemoPlan): Promise<string | null> => {
  const place = join(folder, "objects", "datasets", dataset, "derivatives");
  return (await stat(place).catch(() => null)) === null ? null : place;
};

const keepRunning = async ({ server, stop }: DemoServer): Promise<void> => {
  say(`Rollerblade goes on at ${server.url}; stop it with Ctrl-C.`);
  await stopOnSignals(stop, say);
};

const need = (demo: DemoServer | undefined): DemoServer => {
  if (demo === undefined) throw new Error("the demo's server was not started");
  return demo;
};
