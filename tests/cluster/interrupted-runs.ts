import { join } from "node:path";
import { catalogRoutes, type HttpClient, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { z } from "zod";
import { kubectl } from "../../tools/test-cluster/kubectl.ts";
import { until } from "../../tools/test-cluster/until.ts";
import { every } from "../e2e/every.ts";
import { createWorld, root } from "../e2e/world.ts";
import { install } from "./installation.ts";
import { type Door, openDoor } from "./open-door.ts";

/** What the API tells of one task: how it ended, and all that was tried. */
export type History = Awaited<ReturnType<typeof readHistory>>;

/** A Pod of an analysis. */
export type AnalysisPod = {
  readonly name: string;
  readonly job: string;
  readonly analysis: string;
  /** Whether the analysis itself runs just now. */
  readonly running: boolean;
};

/** An installation in which runs are interrupted. */
export type InterruptedRuns = {
  /** The API; a way into the cluster that broke is opened again. */
  api(): Promise<HttpClient>;
  pods(): Promise<AnalysisPod[]>;
  /**
   * Makes an analysis, with `more` lines in its manifest, starts it over some scans and returns the id of the run, once one of its Pods
   * works.
   */
  begin(analysis: string, script?: string, more?: string): Promise<string>;
  /** Waits until all tasks of a run are final, and returns the reports of each. */
  end(run: string): Promise<History[]>;
  /** Ids of all derivatives that an analysis made. */
  derivatives(analysis: string): Promise<string[]>;
  close(): Promise<void>;
};

/** The namespace in which analyses run. */
export const analyses = "rollerblade-analyses";

const dataset = "interrupted";
const copy = "cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz";

/** Installs Rollerblade where it is not, and imports a dataset of its own. */
export const startInterruptedRuns = async (): Promise<InterruptedRuns> => {
  await install();
  let door: Door = await openDoor();
  const world = await createWorld();
  const args = ["dataset", "import", "--name", dataset, join(root, "examples", "datasets", "colin-mini")];
  const { code, stderr } = await world.run(args, { ROLLERBLADE_URL: door.url, ROLLERBLADE_TOKEN: door.token });
  if (code !== 0) throw new Error(stderr);
  await world.close();

  const api = async (): Promise<HttpClient> => {
    const answers = await fetch(`${door.url}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (answers?.ok === true) return door.api;
    await door.close();
    door = await openDoor();
    return door.api;
  };
  return {
    api,
    pods,
    async begin(analysis, script = `sleep 12; ${copy}`, more = "") {
      const client = await api();
      await client.call(schedulerRoutes.createAnalysis, { body: { manifest: manifestOf(analysis, script, more) } });
      const query = `dataset.name == "${dataset}" && subject.label in ["01", "02", "03"]`;
      const { id } = await client.call(schedulerRoutes.createRun, { body: { analysis, query } });
      const works = (pod: AnalysisPod) => pod.running && pod.analysis === analysis;
      await until("a Pod works", async () => (await pods()).some(works), 180);
      return id;
    },
    async end(run) {
      const show = async () => (await api()).call(schedulerRoutes.showRun, { params: { id: run } });
      await until("the run has finished", async () => (await show()).state === "finished", 300);
      const client = await api();
      const { items } = await client.call(schedulerRoutes.listTasks, { query: { run } });
      return Promise.all(items.map((task) => readHistory(client, task)));
    },
    derivatives: async (analysis) => derivativesOf(await api(), analysis),
    close: () => door.close(),
  };
};

const manifestOf = (name: string, script: string, more: string): string => `
name: ${name}
version: 1.0.0
image: rollerblade/brain-mask:1.0.0
command: ${JSON.stringify(["sh", "-c", script.replaceAll("{", "{{").replaceAll("}", "}}"), name])}
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 10m, memory: 64Mi, disk: 16Mi, timeout: 2m}
outputs: {copy: {name: "{entities}_desc-${name.replaceAll("-", "")}_T1w.nii.gz", content: any}}
retry: {attempts: 1}
${more}`;

const readHistory = async (client: HttpClient, { id }: TaskStatus) =>
  client.call(schedulerRoutes.showTask, { params: { id } });

const container = z.object({ name: z.string(), state: z.looseObject({}).default({}) });
const listed = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      status: z.object({ initContainerStatuses: z.array(container).default([]) }).prefault({}),
    }),
  ),
});

const pods = async (): Promise<AnalysisPod[]> => {
  const { items } = listed.parse(
    JSON.parse(await kubectl(["--namespace", analyses, "get", "pods", "--output", "json"])),
  );
  return items.map(({ metadata, status }) => ({
    name: metadata.name,
    job: metadata.labels["batch.kubernetes.io/job-name"] ?? "",
    analysis: metadata.labels["rollerblade.io/analysis"] ?? "",
    running: status.initContainerStatuses.some(({ name, state }) => name === "analysis" && "running" in state),
  }));
};

/** Ids of all derivatives that an analysis made here. */
const derivativesOf = async (client: HttpClient, analysis: string): Promise<string[]> => {
  const made = await every((after) =>
    client.call(catalogRoutes.listDerivatives, {
      query: { dataset, limit: 1_000, ...(after === undefined ? {} : { after }) },
    }),
  );
  return made.filter(({ path }) => path.startsWith(`derivatives/${analysis}-1.0.0/`)).map(({ id }) => id);
};
