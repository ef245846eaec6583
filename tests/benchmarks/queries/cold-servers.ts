import { writeFile } from "node:fs/promises";
import { type Embedded, silentLog, startEmbedded } from "@rollerblade/embedded";

/** Servers that can be made to forget. */
export type ColdServers = {
  readonly databaseUrl: () => string;
  /** A new server that has cached nothing. Resolves to what was forgotten: where nobody lets us, the system's own cache stays. */
  readonly restart: () => Promise<"server and system" | "server">;
  readonly stop: () => Promise<void>;
};

const dropCaches = (): Promise<boolean> =>
  writeFile("/proc/sys/vm/drop_caches", "3").then(
    () => true,
    () => false,
  );

/** Starts servers on a folder. */
export const startColdServers = async (folder: string): Promise<ColdServers> => {
  let servers: Embedded = await startEmbedded({ folder, log: silentLog });
  return {
    databaseUrl: () => servers.databaseUrl,
    restart: async () => {
      await servers.stop();
      const dropped = await dropCaches();
      servers = await startEmbedded({ folder, log: silentLog });
      return dropped ? "server and system" : "server";
    },
    stop: () => servers.stop(),
  };
};
