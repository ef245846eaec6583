import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@rollerblade/database";
import { type Embedded, silentLog, startEmbedded } from "@rollerblade/embedded";

/** The schema of whose outbox and inbox the benchmark makes use. */
export const schema = "ingest";

/** The servers of the embedded mode as everybody gets them, durable and empty, with the tables of one service. */
export const benchmarkServers = async (): Promise<Pick<Embedded, "databaseUrl" | "natsUrl" | "stop">> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-benchmark-"));
  const servers = await startEmbedded({ folder, log: silentLog });
  const migrations = new URL("../../../services/ingest/migrations/", import.meta.url);
  await migrate(servers.databaseUrl, [{ schema, migrations }]);
  const { databaseUrl, natsUrl } = servers;
  const stop = async (): Promise<void> => {
    await servers.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { databaseUrl, natsUrl, stop };
};
