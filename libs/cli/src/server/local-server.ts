import { join } from "node:path";
import { migrate, serviceRoleName } from "@rollerblade/database";
import { startEmbedded } from "@rollerblade/embedded";
import { readSettings, type ServiceDefinition, startServices } from "@rollerblade/service-kit";
import { createLogger } from "@rollerblade/telemetry";
import { loadAll, type ServiceRegistry } from "../service-registry.ts";
import { rolesOf } from "./database-roles.ts";
import { listenProblem } from "./free-port.ts";
import { localUrl, requireSafeHost } from "./listening-address.ts";
import { migrateTopology } from "./migrate-topology.ts";
import { localNatsUsers, readTeams } from "./nats-users.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";

/** Everything in this process: servers, services, one HTTP door. */
export type LocalServer = {
  readonly url: string;
  readonly token: string;
  readonly logFile: string | null;
  stop(): Promise<void>;
};

/** How it is started. */
export type LocalServerOptions = {
  /** Usually `.rollerblade`; all data is below it. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** Logs to standard error and not to a file of the folder. */
  readonly verbose: boolean;
};

/**
 * Starts PostgreSQL, nats-server and all services on a folder, brings the tables up to date, and leaves `server.json`
 * there for other commands.
 * @throws Problem `conflict` when another process uses the folder or the port, `unavailable` when a server does not come up
 */
export const startLocalServer = async (
  registry: ServiceRegistry,
  options: LocalServerOptions,
): Promise<LocalServer> => {
  const { folder, host, port, verbose } = options;
  requireSafeHost(host);
  const url = localUrl(host, port);
  const logFile = verbose ? null : join(folder, "rollerblade.log");
  const log = createLogger("embedded", logFile === null ? {} : { file: logFile });
  const [definitions, embedded] = await together(
    loadAll(registry),
    startEmbedded({
      folder,
      log,
      natsUsers: localNatsUsers(await readTeams(folder)),
      services: Object.keys(registry),
    }),
  );
  try {
    const { adminToken, linkSecret } = embedded.secrets;
    const variables = {
      ROLLERBLADE_MODE: "embedded",
      ROLLERBLADE_DATABASE_URL: embedded.databaseUrl,
      ROLLERBLADE_NATS_URL: embedded.natsUrl,
      ROLLERBLADE_OBJECTS: embedded.objectsUrl,
      ROLLERBLADE_LINK_SECRET: linkSecret,
      ROLLERBLADE_HOST: host,
      ROLLERBLADE_PORT: String(port),
      ...(logFile === null ? {} : { ROLLERBLADE_LOG_FILE: logFile }),
    };
    const settings = readSettings({
      ROLLERBLADE_DATABASE_POOL: "8",
      ROLLERBLADE_PUBLIC_URL: url,
      ...process.env,
      ...variables,
    });
    const roles = rolesOf(embedded.secrets.databasePasswords, schemasOf(definitions));
    await Promise.all([
      migrate(embedded.databaseUrl, schemasOf(definitions), roles),
      migrateTopology(embedded.natsUrl, settings.natsReplicas),
    ]);
    const credentials = Object.fromEntries(
      definitions.map(({ name }) => [
        name,
        {
          natsUrl: embedded.natsUrlOf(name),
          databaseUrl: embedded.databaseUrlOf(serviceRoleName(name), embedded.secrets.databasePasswords[name] ?? ""),
        },
      ]),
    );
    const config = {
      accounts: { adminToken },
      scheduler: { scratch: process.env.ROLLERBLADE_SCHEDULER_SCRATCH ?? join(folder, "scratch") },
    };
    const running = await startServices(definitions, settings, config, credentials);
    const found = { ROLLERBLADE_PUBLIC_URL: settings.publicUrl, ROLLERBLADE_PEERS: JSON.stringify(running.urls) };
    await writeServerFile(folder, { url, token: adminToken, pid: process.pid, settings: { ...variables, ...found } });
    return {
      url,
      token: adminToken,
      logFile,
      async stop() {
        await removeServerFile(folder);
        await running.stop();
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    // The port was free a moment ago; another program may have taken it while the servers started.
    throw listenProblem(error, host, port);
  }
};

/** The schemas of services that have one. */
const schemasOf = (definitions: readonly ServiceDefinition[]) =>
  definitions.flatMap(({ database }) => (database === null ? [] : [database]));

/** Both at once; when loading fails, what was started is stopped. */
const together = async <A, B extends { stop(): Promise<void> }>(
  loading: Promise<A>,
  starting: Promise<B>,
): Promise<[A, B]> => {
  const [loaded, started] = await Promise.allSettled([loading, starting]);
  if (loaded.status === "fulfilled" && started.status === "fulfilled") return [loaded.value, started.value];
  if (started.status === "fulfilled") await started.value.stop();
  throw loaded.status === "rejected" ? loaded.reason : started.status === "rejected" ? started.reason : undefined;
};
