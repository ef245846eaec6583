import { randomUUID } from "node:crypto";
import { type DerivativeFacts, type ScanFacts, sliceKey } from "@rollerblade/abids/facts";
import { executionKey, type Manifest, type RequestedSlice } from "@rollerblade/analysis";
import { type HttpClient, type PipelineStatus, routerRoutes } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import {
  type AnyEmission,
  createEvents,
  derivativeFactsToMessage,
  type MessageInitOf,
  type MessageOf,
  type RunningEvents,
  scanFactsToMessage,
  sliceRefToMessage,
  type TopicName,
  topics,
  toStruct,
} from "@rollerblade/events";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import type { AnalysisVersion } from "@rollerblade/pipeline";
import { type CommonSettings, type RunningServices, startServices } from "@rollerblade/service-kit";
import { serviceClient, testSettings } from "@rollerblade/service-kit/testing";
import { createLogger, createRegistry } from "@rollerblade/telemetry";
import { pipelineRouter } from "../index.ts";

/** A request that reached the scheduler. */
export type Asked = {
  readonly run: string;
  readonly rule: string;
  readonly analysis: string;
  readonly version: string;
  readonly owner: string;
  readonly priority: string;
  readonly decision: string;
  readonly round: number;
  readonly sequence: number;
  readonly traceparent: string;
  readonly key: string;
  readonly request: RequestedSlice;
};

/** The router with real servers, and a test that plays catalog and scheduler. */
export type RouterWorld = {
  readonly sql: Sql;
  readonly client: HttpClient;
  readonly objects: ObjectStore;
  readonly natsUrl: string;
  /** Every request so far, in the order in which it came. */
  readonly asked: Asked[];
  publish<T extends TopicName>(topic: T, message: MessageInitOf<T>): Promise<void>;
  create(version: AnalysisVersion): Promise<void>;
  index(...scans: ScanFacts[]): Promise<void>;
  apply(name: string, source: string): Promise<void>;
  /** Publishes that requests were carried out, and their outcomes. */
  finish(...asked: { readonly asked: Asked; readonly outcome: string }[]): Promise<void>;
  status(name: string): Promise<PipelineStatus>;
  /** Carries out whatever is asked, until nothing is; `outcome` decides how each ends. */
  settle(name: string, outcome?: (asked: Asked) => string): Promise<PipelineStatus>;
  /** Another router beside the first. */
  startRouter(config?: Record<string, unknown>): Promise<RunningServices>;
  /** Keys that have run: a second time they are cached. */
  readonly ran: Set<string>;
  readonly derivatives: Map<string, DerivativeFacts>;
  stop(): Promise<void>;
};

/** Starts everything. */
export const startRouterWorld = async (config: Record<string, unknown> = {}): Promise<RouterWorld> => {
  const servers = await startMigratedServers([pipelineRouter.database]);
  const settings = settingsOf(servers);
  const running: RunningServices[] = [];
  const startRouter = async (given: Record<string, unknown> = {}): Promise<RunningServices> => {
    const router = await startServices([pipelineRouter], settings, {
      "pipeline-router": { sweepSeconds: 3_600, ...given },
    });
    running.push(router);
    return router;
  };
  const router = await startRouter(config);
  const sql = connect(servers.databaseUrl);
  const outside = await startOutside(sql, servers.natsUrl);
  const client = serviceClient("pipeline-router", {
    url: router.urls["pipeline-router"] ?? "",
    timeoutMs: 300_000,
  });
  const manifests = new Map<string, AnalysisVersion>();
  const objects = new URL(servers.objectsUrl);
  outside.subscribe(async ({ slices, ...message }) => {
    for (const slice of slices) it.asked.push(await askedOf(message, slice, manifests, objects));
  });
  await outside.start();
  let revision = Date.now();
  const it: RouterWorld = {
    sql,
    client,
    natsUrl: servers.natsUrl,
    objects: openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret }),
    asked: [],
    ran: new Set(),
    derivatives: new Map(),
    startRouter,
    publish: (topic, message) => sql.begin((tx) => outside.publisherOf(topic).emit(tx, topic, message)),
    create: async ({ manifest, code }) => {
      const plain = JSON.parse(JSON.stringify(manifest));
      manifests.set(`${manifest.name} ${manifest.version}`, { manifest, code });
      await it.publish("analysis.created", {
        name: manifest.name,
        version: manifest.version,
        manifest: toStruct(plain),
        code,
      });
      await until(async () => {
        const rows = await sql`
          select 1 from pipeline_router.analyses where name = ${manifest.name} and version = ${manifest.version}`;
        return rows.length > 0;
      });
    },
    index: (...scans) =>
      sql.begin((tx) =>
        outside.publisherOf("scan.indexed").emitAll(
          tx,
          scans.map((scan) => ({
            topic: "scan.indexed",
            message: { scan: scanFactsToMessage({ ...scan, revision: ++revision }) },
          })),
        ),
      ),
    apply: async (name, source) => {
      await client.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });
    },
    status: (name) => client.call(routerRoutes.showPipelineStatus, { params: { name } }),
    finish: (...asked) =>
      sql.begin(async (tx) => {
        const events = asked.flatMap((one) => answers(one.asked, one.outcome));
        const byPublisher = Map.groupBy(events, ({ topic }) => outside.publisherOf(topic));
        for (const [publisher, some] of byPublisher) await publisher.emitAll(tx, some);
      }),
    settle: async (name, outcome = (asked) => (it.ran.has(asked.key) ? "in-place" : "ran")) => {
      for (;;) {
        const open = it.asked.filter((one) => !finished.has(one));
        for (const one of open) finished.add(one);
        if (open.length > 0) await it.finish(...open.map((asked) => ({ asked, outcome: outcome(asked) })));
        await idle(sql, it);
        if (it.asked.some((one) => !finished.has(one))) continue;
        const status = await it.status(name);
        if (!status.rules.some(({ asked }) => asked > 0)) return status;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      await outside.stop();
      await Promise.all(running.map((one) => one.stop()));
      await disconnect(sql);
      await servers.stop();
    },
  };
  /** The events of the scheduler and the catalog for a request that was carried out. */
  const answers = (asked: Asked, outcome: string): AnyEmission[] => {
    const failed = outcome === "failed" || outcome === "cancelled";
    const made = failed ? [] : published(it, asked, manifests, ++revision);
    if (made.length > 0) it.ran.add(asked.key);
    return [
      ...made
        .filter(({ facts, replaced }) => replaced?.id !== facts.id)
        .flatMap((one) => indexed(asked, one, ++revision)),
      {
        topic: "task.finished",
        message: {
          ...{
            task: randomUUID(),
            run: asked.run,
            decision: asked.decision,
            round: asked.round,
            outcome,
            key: asked.key,
          },
          ...{ slice: sliceRefToMessage(asked.request.slice), analysis: asked.analysis, version: asked.version },
          ...{ reason: outcome === "failed" ? "exit 1" : "", derivatives: made.map(({ facts }) => facts.id) },
          revision: BigInt(++revision),
        },
      },
    ];
  };
  return it;
};

const indexed = (asked: Asked, { facts, replaced }: Published, revision: number): AnyEmission[] => {
  const derivative = derivativeFactsToMessage(facts, asked.sequence);
  const event: AnyEmission = { topic: "derivative.indexed", message: { derivative, decision: asked.decision } };
  if (replaced === undefined) return [event];
  const { id, dataset, path } = replaced;
  const message = { id, dataset, path, supersededBy: facts.id, revision: BigInt(revision) };
  return [event, { topic: "derivative.superseded", message }];
};

const finished = new WeakSet<Asked>();

/** Waits until every published event has been handled, and nothing is left to be evaluated or published. */
export const idle = (sql: Sql, { asked }: Pick<RouterWorld, "asked">): Promise<void> =>
  until(async () => {
    const before = asked.length;
    for (let look = 0; look < 3; look++) {
      const [row] = await sql<{ busy: boolean }[]>`
        select exists (select from outside.outbox published where not exists (
            select from pipeline_router.inbox handled where handled.event_id = published.id::text) and topic <> 'run.requested')
          or exists (select from pipeline_router.dirty where due_at <= now())
          or exists (select from pipeline_router.large_requests)
          or exists (select from pipeline_router.outbox where topic = 'run.requested' and not exists (
            select from outside.inbox handled where handled.event_id = pipeline_router.outbox.id::text)) as busy`;
      if (row?.busy !== false) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return before === asked.length;
  }, 120_000);

/** Polls until the condition holds. @throws Error after `milliseconds` */
const until = async (holds: () => Promise<boolean>, milliseconds = 30_000): Promise<void> => {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("The condition did not come true in time.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

type Published = { readonly facts: DerivativeFacts; readonly replaced: DerivativeFacts | undefined };

const published = (
  it: RouterWorld,
  asked: Asked,
  manifests: ReadonlyMap<string, AnalysisVersion>,
  revision: number,
): Published[] => {
  const manifest = manifestOf(manifests, asked);
  return manifest.outputs
    .filter(({ required }) => required)
    .map(({ name }) => {
      const { slice } = asked.request;
      const path = `derivatives/${asked.analysis}-${asked.version}/${sliceKey(slice).replaceAll(/[^A-Za-z0-9]+/g, "-")}/${name}.json`;
      const replaced = it.derivatives.get(path);
      if (replaced?.key === asked.key) return { facts: replaced, replaced };
      const sources = asked.request.inputs.flatMap(({ members }) =>
        members.map(({ dataset, path: of, sha256 }) => ({ dataset, path: of, sha256 })),
      );
      const facts: DerivativeFacts = {
        ...{
          id: randomUUID(),
          dataset: slice.dataset,
          path,
          analysis: asked.analysis,
          version: asked.version,
          parametersHash: "",
        },
        ...{
          output: name,
          key: asked.key,
          slice,
          entities: asked.request.entities,
          datatype: "anat",
          suffix: name,
          extension: ".json",
        },
        ...{ size: 1, sha256: `sha256:${asked.key.slice(7)}`, sources, revision },
      };
      it.derivatives.set(path, facts);
      return { facts, replaced };
    });
};

const manifestOf = (
  manifests: ReadonlyMap<string, AnalysisVersion>,
  { analysis, version }: { analysis: string; version: string },
): Manifest => {
  const known = manifests.get(`${analysis} ${version}`);
  if (known === undefined) throw new Error(`Nobody created ${analysis} ${version}.`);
  return known.manifest;
};

type Command = Omit<MessageOf<"run.requested">, "slices">;
type Slice = MessageOf<"run.requested">["slices"][number];

const askedOf = async (
  message: Command,
  slice: Slice,
  manifests: ReadonlyMap<string, AnalysisVersion>,
  objects: URL,
): Promise<Asked> => {
  const { run, rule = "", analysis, version, owner, priority, parameters = {} } = message;
  const { decision, round, sequence, traceparent } = slice;
  const request: RequestedSlice = JSON.parse(await bodyOf(slice, objects));
  const known = manifests.get(`${analysis} ${version}`);
  const key = known === undefined ? "" : executionKey({ ...known, parameters, slice: request });
  return {
    run,
    rule,
    analysis,
    version,
    owner,
    priority,
    decision,
    round,
    sequence: Number(sequence),
    traceparent,
    key,
    request,
  };
};

const bodyOf = async ({ body, bodyObject }: Slice, objects: URL): Promise<string> => {
  if (bodyObject === "") return new TextDecoder().decode(body);
  const { readFile, readdir } = await import("node:fs/promises");
  const files = await readdir(objects, { recursive: true });
  const file = files.find((name) => name.endsWith(bodyObject.split("/").at(-1) ?? "?"));
  return readFile(new URL(`${objects.href}/${file}`), "utf8");
};

type Outside = {
  /** The service that owns a topic. */
  publisherOf(topic: TopicName): RunningEvents;
  subscribe(handle: (message: MessageOf<"run.requested">) => Promise<void>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Services that the test plays. Each has an outbox of its own, since events are believed by who publishes them. */
const played = ["accounts", "catalog", "ingest", "scheduler"] as const;

const startOutside = async (sql: Sql, natsUrl: string): Promise<Outside> => {
  for (const service of played) {
    await sql`create schema ${sql(`as_${service}`)}`;
    await sql`create table ${sql(`as_${service}.outbox`)} (like pipeline_router.outbox including all)`;
    await sql`create table ${sql(`as_${service}.inbox`)} (like pipeline_router.inbox including all)`;
  }
  await sql`create schema outside`;
  await sql`
    create view outside.outbox as
      select id, topic from as_accounts.outbox union all select id, topic from as_catalog.outbox
      union all select id, topic from as_ingest.outbox
      union all select id, topic from as_scheduler.outbox`;
  await sql`create view outside.inbox as select event_id from as_scheduler.inbox`;
  const stopping = new AbortController();
  const log = createLogger("outside", { level: "silent" });
  const start = (service: string): RunningEvents =>
    createEvents({
      ...{ sql, schema: `as_${service}`, nats: { url: natsUrl }, service, log },
      ...{ registry: createRegistry(service), signal: stopping.signal },
    });
  const services = new Map<string, RunningEvents>(played.map((service) => [service, start(service)]));
  const named = (service: string): RunningEvents => {
    const events = services.get(service);
    if (events === undefined) throw new Error(`The test does not play the service ${service}.`);
    return events;
  };
  return {
    publisherOf: (topic) => named(topics[topic].publisher),
    subscribe: (handle) =>
      named("scheduler").subscribe({
        durable: "scheduler-commands",
        handlers: {
          "run.requested": async (received) => {
            for (const { message } of received) await handle(message);
          },
        },
      }),
    start: async () => void (await Promise.all([...services.values()].map((events) => events.start()))),
    stop: async () => {
      stopping.abort();
      await Promise.all([...services.values()].map((events) => events.stop(2_000)));
    },
  };
};

const settingsOf = (servers: { databaseUrl: string; natsUrl: string; objectsUrl: string }): CommonSettings =>
  testSettings(servers, { ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:7700", ROLLERBLADE_STOP_SECONDS: "3" });
