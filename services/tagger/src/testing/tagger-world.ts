import { createHash } from "node:crypto";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { DerivativeFacts, SliceRef } from "@rollerblade/abids/facts";
import { createHttpClient, type HttpClient, type Result, taggerRoutes } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import {
  derivativeFactsToMessage,
  type MessageInitOf,
  type MessageOf,
  newEventId,
  publish,
  type TopicName,
  topics,
  toStruct,
} from "@rollerblade/events";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { type Identity, referenceKey } from "@rollerblade/pipeline";
import { type RunningServices, runService } from "@rollerblade/service-kit";
import { createAccessTable, insertGrant, testSettings } from "@rollerblade/service-kit/testing";
import { tagger } from "../index.ts";

/** A tagger with real servers, people, and a catalog that is played by the test. */
export type TaggerWorld = {
  readonly sql: Sql;
  readonly objects: ObjectStore;
  /** A client of the tagger as one of the people. */
  as(name: string): HttpClient;
  /** Lets somebody read datasets. */
  grant(name: string, ...datasets: string[]): Promise<void>;
  /** All results that somebody sees, page by page. */
  resultsOf(name: string, filter?: Filter): Promise<Result[]>;
  /** Puts a file into the bucket and returns its facts. */
  derivative(about: Partial<DerivativeFacts> & { readonly slice: SliceRef }, content: string): Promise<DerivativeFacts>;
  /** Publishes an event as another service would. */
  publish<T extends TopicName>(topic: T, message: MessageInitOf<T>, id?: string): Promise<string>;
  publishIndexed(facts: DerivativeFacts): Promise<string>;
  /** Applies a document whose tags show these versions; its rules, if any, make these. */
  publishApplied(
    name: string,
    source: string,
    shown: readonly Identity[],
    revision: number,
    rules?: Readonly<Record<string, Identity>>,
    owner?: string,
  ): Promise<string>;
  /** The tags that the tagger published, the oldest first. */
  published(): Promise<MessageOf<"result.tagged">[]>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Which results, and how many a page. */
export type Filter = {
  readonly dataset?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly level?: SliceRef["level"];
  readonly since?: string | undefined;
  readonly limit?: number;
};

/** The content hash of a text. */
const sha256Of = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A session of a dataset. */
export const sessionOf = (dataset: string, subject: string, session: string): SliceRef => ({
  level: "session",
  dataset,
  subject,
  session,
  scan: null,
});

/** A whole dataset. */
export const wholeOf = (dataset: string): SliceRef => ({
  level: "dataset",
  dataset,
  subject: null,
  session: null,
  scan: null,
});

const factsOf = (about: Partial<DerivativeFacts> & { readonly slice: SliceRef }, content: string): DerivativeFacts => {
  const { dataset, subject, session } = about.slice;
  const folder = [subject === null ? "" : `sub-${subject}/`, session === null ? "" : `ses-${session}/`].join("");
  return {
    id: newEventId(),
    dataset,
    path: `derivatives/tissue-volumes-1.0.0/${folder}${newEventId().replaceAll("-", "")}_volumes.json`,
    analysis: "tissue-volumes",
    version: "1.0.0",
    parametersHash: "",
    output: "volumes",
    key: "key",
    entities: {},
    datatype: null,
    suffix: "volumes",
    extension: ".json",
    size: Buffer.byteLength(content),
    sha256: sha256Of(content),
    sources: [],
    revision: 1,
    ...about,
  };
};

const readAllPages = async (client: HttpClient, filter: Filter): Promise<Result[]> => {
  const all: Result[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page: { items: Result[]; next: string | null } = await client.call(taggerRoutes.listResults, {
      query: { ...filter, after },
    });
    all.push(...page.items);
    after = page.next;
  }
  return all;
};

/** Starts all of it. */
export const startTaggerWorld = async (): Promise<TaggerWorld> => {
  const servers = await startMigratedServers([tagger.database]);
  const sql = connect(servers.databaseUrl, { max: 3 });
  await createAccessTable(sql);
  const settings = testSettings(servers);
  const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
  const start = (): Promise<RunningServices> => runService(tagger, settings, { tagger: { sweepSeconds: 1 } });
  let running = await start();
  const as = (name: string): HttpClient => createHttpClient({ url: running.urls.tagger ?? "", token: name });
  const publishEvent: TaggerWorld["publish"] = (topic, message, id) =>
    publish(topic, message, {
      url: servers.natsUrl,
      source: topics[topic].publisher,
      ...(id === undefined ? {} : { id }),
    });
  return {
    sql,
    objects,
    as,
    publish: publishEvent,
    grant: async (name, ...datasets) => {
      await insertGrant(sql, { principal: name });
      for (const dataset of datasets) {
        await insertGrant(sql, { principal: name, on: { kind: "dataset", resource: dataset, role: "viewer" } });
      }
    },
    resultsOf: (name, filter = {}) => readAllPages(as(name), filter),
    derivative: async (about, content) => {
      const facts = factsOf(about, content);
      await objects.put(datasetKey(facts.dataset, facts.path), Buffer.from(content));
      return facts;
    },
    publishIndexed: (facts) => publishEvent("derivative.indexed", { derivative: derivativeFactsToMessage(facts, 1) }),
    publishApplied: (document, source, shown, revision, rules = {}, owner = "service") => {
      const references = Object.fromEntries(
        [...Map.groupBy(shown, ({ analysis }) => analysis)].map(([analysis, identities]) => [
          referenceKey(analysis, "*"),
          identities.map((identity) => ({ ...identity })),
        ]),
      );
      const locks = toStruct({
        rules: Object.fromEntries(Object.entries(rules).map(([rule, identity]) => [rule, { ...identity }])),
        references,
      });
      const application = newEventId();
      return publishEvent("pipeline.applied", {
        document,
        application,
        owner,
        source,
        locks,
        revision: BigInt(revision),
      });
    },
    published: async () => {
      const rows = await sql<{ body: Uint8Array }[]>`
        select body from tagger.outbox where topic = 'result.tagged' order by sequence`;
      return rows.map(({ body }) => topics["result.tagged"].decode(body));
    },
    restart: async () => {
      await running.stop();
      running = await start();
    },
    stop: async () => {
      await running.stop();
      await disconnect(sql);
      await servers.stop();
    },
  };
};
