import { createHash } from "node:crypto";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { FileFact } from "@rollerblade/abids/facts";
import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import type { TestServers } from "@rollerblade/embedded/testing";
import {
  connectNats,
  deadLetters,
  type MessageInitOf,
  type MessageOf,
  publish,
  type TopicName,
  topics,
} from "@rollerblade/events";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { hashToken, type RunningServices, runService } from "@rollerblade/service-kit";
import { createAccessTable, testSettings } from "@rollerblade/service-kit/testing";
import { catalog } from "../index.ts";

/** A file as a message holds it. */
export type AnnouncedFile = { path: string; role: string; size: bigint; sha256: string };

/** A catalog with real servers, people, and another team that publishes. */
export type CatalogWorld = {
  readonly sql: Sql;
  /** Of the operator, who can publish as anybody. */
  readonly natsUrl: string;
  readonly objects: ObjectStore;
  /** A client of the catalog as one of the people. */
  as(name: string): HttpClient;
  /** Gives somebody a role on a dataset. */
  grant(name: string, dataset: string, role: string): Promise<void>;
  /** Puts a file into the bucket. */
  put(dataset: string, path: string, content: string | Uint8Array, role?: string): Promise<AnnouncedFile>;
  /** Publishes an event as its service does, or as a team of the name of whoever it names. */
  publish<T extends TopicName>(topic: T, message: MessageInitOf<T>, id?: string): Promise<string>;
  /** The catalog's events of a topic, the oldest first. */
  published<T extends TopicName>(topic: T): Promise<MessageOf<T>[]>;
  /** Reasons of the dead letters. */
  reasons(): Promise<string[]>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** The content hash of a text or of bytes. */
export const sha256Of = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A file as it is announced. */
export const fileOf = (path: string, content: string | Uint8Array, role = "image"): FileFact => ({
  path,
  role,
  size: Buffer.byteLength(content),
  sha256: sha256Of(content),
});

/** Servers with the catalog's tables. */
export const startCatalogServers = (): Promise<TestServers> => startMigratedServers([catalog.database]);

/** Starts all of it. */
export const startCatalogWorld = async (): Promise<CatalogWorld> => {
  const servers = await startCatalogServers();
  const sql = connect(servers.databaseUrl, { max: 3 });
  await createAccessTable(sql);
  const settings = testSettings(servers);
  const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
  const nats = await connectNats({ url: servers.natsUrl, name: "test" });
  let running: RunningServices = await runService(catalog, settings, { catalog: { sweepSeconds: 1 } });
  return {
    sql,
    natsUrl: servers.natsUrl,
    objects,
    as: (name) => createHttpClient({ url: running.urls.catalog ?? "", token: name }),
    grant: async (name, dataset, role) => {
      const admin = role === "root";
      await sql`insert into accounts.access_v1 values
        (${hashToken(name)}, ${name}, ${admin}, null, null, null), (${hashToken(name)}, ${name}, ${admin}, 'dataset', ${dataset}, ${role})`;
    },
    put: async (dataset, path, content, role = "image") => {
      await objects.put(datasetKey(dataset, path), Buffer.from(content));
      const { size, ...file } = fileOf(path, content, role);
      return { ...file, size: BigInt(size) };
    },
    publish: (topic, message, id) =>
      publish(topic, message, {
        url: servers.natsUrl,
        source: sourceOf(topic, message),
        ...(id === undefined ? {} : { id }),
      }),
    published: async (topic) => {
      const rows = await sql<
        { body: Uint8Array }[]
      >`select body from catalog.outbox where topic = ${topic} order by sequence`;
      return rows.map(({ body }) => topics[topic].decode(body));
    },
    reasons: async () => (await deadLetters(nats).list({ limit: 100 })).items.map(({ reason }) => reason),
    restart: async () => {
      await running.stop();
      running = await runService(catalog, settings, { catalog: { sweepSeconds: 1 } });
    },
    stop: async () => {
      await running.stop();
      await nats.close();
      await disconnect(sql);
      await servers.stop();
    },
  };
};

/** Whoever the message names, as a team of that name would publish it; what teams may not publish comes from its service. */
const sourceOf = (topic: TopicName, message: object): string => {
  const named = "uploader" in message ? message.uploader : "remover" in message ? message.remover : undefined;
  return topics[topic].openToTeams && typeof named === "string" ? named : topics[topic].publisher;
};
