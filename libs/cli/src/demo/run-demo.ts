import { stat } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, type DecisionStatus } from "@rollerblade/client";
import { stopOnSignals } from "@rollerblade/service-kit";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { showSteps } from "../progress/show-steps.ts";
import { consoleLink } from "../server/open-console.ts";
import { patientServer } from "../server/patient-server.ts";
import type { ServiceRegistry } from "../service-registry.ts";
import { sliceName } from "../slice-name.ts";
import { countExecutions, type DemoDocument } from "./demo-document.ts";
import { type DemoPlan, planDemo } from "./demo-plan.ts";
import { type DemoServer, openDemoServer } from "./demo-server.ts";
import { type Found, stepsOf } from "./demo-steps.ts";
import { showDemo } from "./show-demo.ts";

/** Options of `demo`. */
export type DemoOptions = Reading & { readonly dataset: string; readonly keep?: boolean };

/** `demo`: exit code 8 when something failed. */
export const runDemo = async (registry: ServiceRegistry, examples: URL, options: DemoOptions): Promise<void> => {
  const plan = await planDemo(examples, options.dataset);
  const began = new Date(Date.now() - process.uptime() * 1000);
  const found: Found = { began, executions: countExecutions([], []), failures: [], results: [], scans: 0 };
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
    else {
      const goesOn = !demo.own || options.keep === true;
      showDemo(document, found.results, await placeOf(demo, plan), goesOn ? await consoleLink(demo.server) : null);
    }
    if (found.failures.length > 0) printFailures(found.failures);
    interrupted.ignore();
    if (options.keep === true && demo.own) await keepRunning(demo);
  } finally {
    interrupted.ignore();
    await opened.demo?.stop();
  }
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

const printFailures = (failures: readonly DecisionStatus[]): void => {
  process.exitCode = 8;
  for (const { rule, slice, reason } of failures.slice(0, 5)) printMessage(`${rule}: ${sliceName(slice)}: ${reason}`);
  printMessage("See all of it with `rollerblade up` and, in another terminal, `rollerblade runs list`.");
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
  printMessage(`Rollerblade keeps running at ${server.url}; stop it with Ctrl-C.`);
  await stopOnSignals(stop, printMessage);
};

const need = (demo: DemoServer | undefined): DemoServer => {
  if (demo === undefined) throw new Error("the demo's server was not started");
  return demo;
};
