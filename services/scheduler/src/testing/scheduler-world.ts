import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { RequestedSlice } from "@rollerblade/analysis";
import { type HttpClient, type RunStatus, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { type MessageInitOf, type MessageOf, newEventId, publish, type TopicName, topics } from "@rollerblade/events";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { type CommonSettings, type RunningServices, runService } from "@rollerblade/service-kit";
import { createAccessTable, serviceClient, testSettings } from "@rollerblade/service-kit/testing";
import { scheduler } from "../index.ts";

/** A scheduler with real servers, and what a router and a catalog would publish. */
export type SchedulerWorld = {
  readonly sql: Sql;
  readonly objects: ObjectStore;
  readonly settings: CommonSettings;
  /** Variables that this world was started with, for processes of its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the bucket. */
  readonly bucket: string;
  /** A folder that goes with the world. */
  readonly folder: string;
  readonly client: () => HttpClient;
  /** Starts a replica; all of them are stopped with the world. */
  start(config?: Readonly<Record<string, unknown>>): Promise<RunningServices>;
  /** Puts a scan into the bucket, and gives its slice. */
  scan(dataset: string, subject: string, content: string): Promise<RequestedSlice>;
  /** Publishes an event. */
  publish<T extends TopicName>(topic: T, message: MessageInitOf<T>): Promise<string>;
  /** Reads the events that the scheduler has emitted for a topic, the oldest first. */
  published<T extends TopicName>(topic: T): Promise<MessageOf<T>[]>;
  /** Asks for slices as the router does. @returns the run */
  request(analysis: string, slices: readonly RequestedSlice[], options?: RequestOptions): Promise<string>;
  /** Waits until every task of a run is final. */
  finished(run: string, tasks: number): Promise<TaskStatus[]>;
  /** Paths of all objects below a key, sorted. */
  keys(below: string): Promise<string[]>;
  /** Has something done when the replicas are stopped. */
  onHalt(work: () => void): void;
  /** Stops the replicas. */
  halt(): Promise<void>;
  /** Stops everything. */
  stop(): Promise<void>;
};

/** What a request may hold beside its slices. */
export type RequestOptions = {
  /** The run that it is part of. @default a new one */
  readonly run?: string;
  readonly version?: string;
  readonly parameters?: Record<string, string | number | boolean>;
  readonly owner?: string;
  readonly rule?: string;
  readonly sequence?: number;
  readonly decisions?: readonly string[];
  readonly round?: number;
  readonly priority?: "interactive" | "pipeline" | "backfill";
};

/** Options of a world with another bucket or slower work. */
export type WorldOptions = {
  /** Where the bucket lies, when the environment names another one. */
  readonly bucketFolder?: string;
  /** Milliseconds that a run may take, at least. @default 50000 */
  readonly timeoutMs?: number;
};

/** The content hash of a text. */
export const sha256Of = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Settings of a scheduler in the world's servers. */
const settingsOf = (
  servers: { databaseUrl: string; natsUrl: string; objectsUrl: string },
  environment: Readonly<Record<string, string>>,
): CommonSettings =>
  testSettings(servers, { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_STOP_SECONDS: "2", ...environment });

/**
 * Starts the servers, and makes the tables. `accounts.access_v1` is a table here, filled by the tests.
 * @param environment settings that differ from those of a world
 */
export const startSchedulerWorld = async (
  environment: Readonly<Record<string, string>> = {},
  { bucketFolder, timeoutMs = 50_000 }: WorldOptions = {},
): Promise<SchedulerWorld> => {
  const servers = await startMigratedServers([scheduler.database]);
  const sql = connect(servers.databaseUrl, { max: 3 });
  await createAccessTable(sql);
  const settings = settingsOf(servers, environment);
  const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
  const folder = await mkdtemp(join(tmpdir(), "scheduler-world-"));
  const replicas: RunningServices[] = [];
  const halting: (() => void)[] = [];
  const world: SchedulerWorld = {
    sql,
    objects,
    settings,
    environment,
    folder,
    bucket: bucketFolder ?? fileURLToPath(servers.objectsUrl),
    client: () => serviceClient("scheduler", { url: replicas.at(-1)?.urls.scheduler ?? "" }),
    start: async (config = {}) => {
      const given = { sweepSeconds: 0.5, retrySeconds: 0, scratch: join(folder, "scratch"), ...config };
      const replica = await runService(scheduler, settings, { scheduler: given });
      replicas.push(replica);
      return replica;
    },
    scan: async (dataset, subject, content) => {
      const path = `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;
      const { size, sha256 } = await objects.put(datasetKey(dataset, path), Buffer.from(content));
      const member = { dataset, path, extension: ".nii.gz", size, sha256, companions: [], reads: {} };
      return {
        slice: { level: "scan", dataset, subject, session: null, scan: path },
        inputs: [{ name: "t1w", many: false, members: [member] }],
        entities: { sub: subject },
        datatype: "anat",
      };
    },
    publish: (topic, message) => publish(topic, message, { url: servers.natsUrl, source: topics[topic].publisher }),
    published: async (topic) => {
      const rows = await sql<{ body: Uint8Array }[]>`
        select body from scheduler.outbox where topic = ${topic} order by sequence`;
      return rows.map(({ body }) => topics[topic].decode(body));
    },
    request: async (analysis, slices, options = {}) => {
      const run = options.run ?? newEventId();
      const { version = "1.0.0", parameters = {}, owner = "service", rule = "rule", priority = "pipeline" } = options;
      const sequence = BigInt(options.sequence ?? 1);
      await world.publish("run.requested", {
        run,
        analysis,
        version,
        parameters,
        priority,
        owner,
        document: "document",
        rule,
        slices: slices.map((slice, index) => ({
          decision: options.decisions?.[index] ?? newEventId(),
          round: options.round ?? 1,
          sequence,
          slice: sliceMessage(slice),
          body: Buffer.from(JSON.stringify(slice)),
        })),
      });
      return run;
    },
    finished: async (run, tasks) => {
      for (let waited = 0; waited < timeoutMs; waited += 20) {
        const [row] = await sql<{ total: number; final: number }[]>`
          select count(*)::int as total, count(*) filter (where state = 'final')::int as final
          from scheduler.tasks where run = ${run}`;
        if (row?.total === tasks && row.final === tasks) return tasksOf(world.client(), run);
        await sleep(20);
      }
      throw new Error(`The run is not finished: ${JSON.stringify(await tasksOf(world.client(), run))}`);
    },
    keys: async (below) => {
      const keys: string[] = [];
      for await (const { key } of objects.list(`${below}/`)) keys.push(key.slice(below.length + 1));
      return keys.sort();
    },
    onHalt: (work) => void halting.push(work),
    halt: async () => {
      for (const work of halting.splice(0)) work();
      await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
    },
    stop: async () => {
      await world.halt();
      await disconnect(sql);
      await servers.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
};

const tasksOf = async (client: HttpClient, run: string): Promise<TaskStatus[]> =>
  (await client.call(schedulerRoutes.listTasks, { query: { run, limit: 1000 } })).items;

/** The state of a run. */
export const showRun = (world: SchedulerWorld, id: string): Promise<RunStatus> =>
  world.client().call(schedulerRoutes.showRun, { params: { id } });

const sliceMessage = ({ slice: { level, dataset, subject, session, scan } }: RequestedSlice) => ({
  level,
  dataset,
  ...(subject !== null && { subject }),
  ...(session !== null && { session }),
  ...(scan !== null && { scan }),
});

/** An analysis of a few lines of shell, with the folder that holds it. */
export type ShellAnalysis = {
  readonly name: string;
  /** Sees its folders in the environment; its input is `$ROLLERBLADE_IN/t1w.nii.gz`, its output `$ROLLERBLADE_OUT/copy.nii.gz`. */
  readonly script: string;
  /** @default "scan" */
  readonly level?: string;
  /** The inputs of the manifest. @default `t1w` */
  readonly inputs?: string;
  /** The outputs of the manifest. @default one required output, `copy` */
  readonly outputs?: string;
  /** Further lines of the manifest. */
  readonly manifest?: string;
  /** @default "1.0.0" */
  readonly version?: string;
};

/** Writes an analysis and creates it. */
export const createShellAnalysis = async (world: SchedulerWorld, analysis: ShellAnalysis): Promise<string> => {
  const folder = join(world.folder, analysis.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "main.sh"), analysis.script);
  const manifest = `
name: ${analysis.name}
version: ${analysis.version ?? "1.0.0"}
process: [sh, main.sh]
level: ${analysis.level ?? "scan"}
inputs: ${analysis.inputs ?? "{t1w: {suffix: T1w, extension: .nii.gz}}"}
outputs: ${analysis.outputs ?? `{copy: {name: "{entities}_desc-${analysis.name.replaceAll("-", "")}_T1w.nii.gz", metadata: {SkullStripped: false}, content: any}}`}
${analysis.manifest ?? "resources: {cpu: 100m, memory: 64Mi, timeout: 20s}\nretry: {attempts: 2}"}
`;
  await world
    .client()
    .call(schedulerRoutes.createAnalysis, { body: { manifest, folder, file: join(folder, "analysis.yaml") } });
  return folder;
};

/** A script that does what it should, but that the images of these tests are lines of text: hence `content: any`. */
export const copyScript = "cat $ROLLERBLADE_IN/t1w.nii.gz $0 > $ROLLERBLADE_OUT/copy.nii.gz\n";
