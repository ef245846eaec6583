import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, migrate, type Sql } from "@rollerblade/database";
import { silentLog, startEmbedded } from "@rollerblade/embedded";
import { readSettings, startServices } from "@rollerblade/service-kit";
import { importDataset } from "../../../libs/cli/src/import/import-dataset.ts";
import { accounts } from "../../../services/accounts/src/index.ts";
import { catalog } from "../../../services/catalog/src/index.ts";
import { ingest } from "../../../services/ingest/src/index.ts";
import { labelOf, writeSubject } from "./write-dataset.ts";

/** Seconds of each import. */
export type ImportSeconds = {
  /** Until it is accepted: everything is recorded and said. */
  readonly inPlace: number;
  /** Until every scan can be found. */
  readonly indexed: number;
  readonly unchanged: number;
  readonly oneSubject: number;
  readonly oneSubjectIndexed: number;
  /** Null where it was not wanted. */
  readonly copying: number | null;
  readonly bareCopy: number | null;
};

/** Imports a generated folder in every way, into the servers of the embedded mode as everybody gets them: durable, empty. */
export const timedImports = async (folder: string, subjects: number, copies: boolean): Promise<ImportSeconds> => {
  const data = await mkdtemp(join(tmpdir(), "rollerblade-benchmark-"));
  const servers = await startEmbedded({ folder: data, log: silentLog });
  const sql = connect(servers.databaseUrl, { max: 2 });
  const services = [accounts, ingest, catalog];
  await migrate(
    servers.databaseUrl,
    services.flatMap(({ database }) => database ?? []),
  );
  const adminToken = "the-token-of-the-benchmark";
  const running = await startServices(services, settingsOf(servers), { accounts: { adminToken } });
  try {
    const client = createHttpClient({ url: running.urls.ingest ?? "", token: adminToken });
    return await measure({ client, sql, folder, subjects, copies, data });
  } finally {
    await running.stop();
    await disconnect(sql);
    await servers.stop();
    await rm(data, { recursive: true, force: true });
  }
};

type Servers = Awaited<ReturnType<typeof startEmbedded>>;

const settingsOf = ({ databaseUrl, natsUrl, objectsUrl }: Servers) =>
  readSettings({
    ROLLERBLADE_DATABASE_URL: databaseUrl,
    ROLLERBLADE_NATS_URL: natsUrl,
    ROLLERBLADE_OBJECTS: objectsUrl,
    ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
    ROLLERBLADE_SERVICE_TOKEN: "the-token-of-services-in-benchmarks",
    ROLLERBLADE_PORT: "0",
    ROLLERBLADE_LOG_LEVEL: "error",
  });

type World = {
  readonly client: HttpClient;
  readonly sql: Sql;
  readonly folder: string;
  readonly subjects: number;
  readonly copies: boolean;
  readonly data: string;
};

const measure = async ({ client, sql, folder, subjects, copies, data }: World): Promise<ImportSeconds> => {
  const into = (dataset: string, inPlace: boolean) => importDataset({ client, directory: folder, dataset, inPlace });
  const first = await timed(() => into("placed", true));
  const indexed = first.seconds + (await secondsOf(() => untilIndexed(sql, first.value.status.id)));
  const unchanged = await secondsOf(() => into("placed", true));
  const label = labelOf(subjects + 1);
  writeSubject(folder, label);
  // A file that was just written to is not trusted to rest.
  await sleep(200);
  const one = await timed(() => into("placed", true));
  const oneSubjectIndexed = one.seconds + (await secondsOf(() => untilIndexed(sql, one.value.status.id)));
  await rm(join(folder, `sub-${label}`), { recursive: true });
  const copying = copies ? await secondsOf(() => into("copied", false)) : null;
  const bareCopy = copies ? await secondsOf(() => cp(folder, join(data, "bare"), { recursive: true })) : null;
  return { inPlace: first.seconds, indexed, unchanged, oneSubject: one.seconds, oneSubjectIndexed, copying, bareCopy };
};

const untilIndexed = async (sql: Sql, batch: string): Promise<void> => {
  for (;;) {
    const [row] = await sql`select 1 from catalog.batches where id = ${batch} and indexed_at is not null`;
    if (row !== undefined) return;
    await sleep(20);
  }
};

const timed = async <T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> => {
  const begin = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begin) / 1000, value };
};

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => (await timed(work)).seconds;
