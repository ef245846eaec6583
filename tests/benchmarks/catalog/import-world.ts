import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient } from "@rollerblade/client";
import { connect, disconnect, migrate } from "@rollerblade/database";
import { silentLog, startEmbedded } from "@rollerblade/embedded";
import { readSettings, startServices } from "@rollerblade/service-kit";
import { serviceKeyVariables } from "@rollerblade/service-kit/testing";
import { importDataset } from "@rollerblade/transfer";
import { accounts } from "../../../services/accounts/src/index.ts";
import { catalog } from "../../../services/catalog/src/index.ts";
import { ingest } from "../../../services/ingest/src/index.ts";
import { processorTime } from "../groups/processor-time.ts";

/** Seconds of one import. */
export type Imported = {
  /** Until it is accepted: everything is recorded and published. */
  readonly accepted: number;
  /** Until every scan can be found. */
  readonly found: number;
  /** Of processor until then: of this process, which is command line, ingest and catalog at once, and of PostgreSQL. */
  readonly processor: { readonly node: number; readonly postgres: number };
  /** The most memory that this process, which is command line, ingest and catalog at once, had until then. MiB. */
  readonly peakMiB: number;
};

/** Servers and services as the embedded mode has them, durable and empty. */
export type ImportWorld = {
  /** A folder for whatever a measurement writes. */
  readonly folder: string;
  /** Imports and waits until the catalog has all of it. */
  timedImport(directory: string, dataset: string, inPlace: boolean): Promise<Imported>;
};

/** Starts everything, lets `work` measure, and removes it again. */
export const withImportWorld = async <T>(work: (world: ImportWorld) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-benchmark-"));
  const servers = await startEmbedded({ folder, log: silentLog });
  const sql = connect(servers.databaseUrl, { max: 2 });
  const services = [accounts, ingest, catalog];
  await migrate(
    servers.databaseUrl,
    services.flatMap(({ database }) => database ?? []),
  );
  const token = "the-token-of-the-benchmark";
  const running = await startServices(services, settingsOf(servers), { accounts: { adminToken: token } });
  const client = createHttpClient({ url: running.urls.ingest ?? "", token });
  try {
    return await work({
      folder,
      timedImport: async (directory, dataset, inPlace) => {
        const [node, { postgres }] = [process.cpuUsage(), processorTime(folder, ".")];
        const processor = () => {
          const { user, system } = process.cpuUsage(node);
          return { node: (user + system) / 1e6, postgres: processorTime(folder, ".").postgres - postgres };
        };
        const memory = watchMemory();
        const { seconds: accepted, value } = await timed(() => importDataset({ client, directory, dataset, inPlace }));
        const { files = { added: 0, changed: 0, removed: 0 } } = value.status.summary ?? {};
        if (files.added + files.changed + files.removed === 0)
          return { accepted, found: accepted, processor: processor(), peakMiB: memory.end() };
        const { seconds: rest } = await timed(async () => {
          const isIndexed = () =>
            sql`select 1 from catalog.batches where id = ${value.status.id} and indexed_at is not null`;
          while ((await isIndexed()).length === 0) await sleep(20);
        });
        return { accepted, found: accepted + rest, processor: processor(), peakMiB: memory.end() };
      },
    });
  } finally {
    await running.stop();
    await disconnect(sql);
    await servers.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const settingsOf = ({ databaseUrl, natsUrl, objectsUrl }: Awaited<ReturnType<typeof startEmbedded>>) =>
  readSettings({
    ROLLERBLADE_DATABASE_URL: databaseUrl,
    ROLLERBLADE_NATS_URL: natsUrl,
    ROLLERBLADE_OBJECTS: objectsUrl,
    ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
    ...serviceKeyVariables,
    ROLLERBLADE_PORT: "0",
    ROLLERBLADE_LOG_LEVEL: "error",
  });

/** Looks ten times a second how much memory this process has, until `end` gives back the most in MiB. */
const watchMemory = (): { end(): number } => {
  let most = process.memoryUsage.rss();
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 100);
  return {
    end: () => {
      clearInterval(look);
      return Math.round(most / 2 ** 20);
    },
  };
};

/** What `work` gives, and the seconds that it took. */
export const timed = async <T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> => {
  const begin = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begin) / 1000, value };
};
