import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { lockFolder } from "./folder-lock.ts";
import type { Log } from "./log.ts";
import { startNats } from "./nats/nats-server.ts";
import { type NatsUsers, operatorOnly } from "./nats/nats-users.ts";
import { startPostgres } from "./postgres/postgres-server.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";

/** What the embedded mode needs to know. */
export type EmbeddedOptions = {
  /** Everything is kept below it; usually `.rollerblade`. */
  readonly folder: string;
  /** @default the operator alone */
  readonly natsUsers?: NatsUsers;
  /** Names of the services that sign in to PostgreSQL with roles of their own. @default none */
  readonly services?: readonly string[];
  readonly log: Log;
};

/** PostgreSQL, nats-server and a folder for objects, up and kept up. */
export type Embedded = {
  /** For the account that owns everything. */
  readonly databaseUrl: string;
  /** For a role with its password. */
  databaseUrlOf(role: string, password: string): string;
  /** For the operator, who may do everything. */
  readonly natsUrl: string;
  /** For one of the NATS users. */
  natsUrlOf(user: string): string;
  /** `file:` address of the object folder. */
  readonly objectsUrl: string;
  readonly secrets: Secrets;
  /** Of the processes that run now: they change when one of them was killed and came back. */
  readonly postgresPid: number;
  readonly natsPid: number;
  /** Ends the servers and gives the folder back; calling it again waits for the first. */
  stop(): Promise<void>;
};

/**
 * Starts the servers of the embedded mode on a folder that nobody else uses.
 * @throws Problem `conflict` when another process uses the folder, `unavailable` when a server does not come up.
 */
export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const folder = resolve(options.folder);
  const objects = join(folder, "objects");
  await mkdir(objects, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder);
  try {
    const users = options.natsUsers ?? operatorOnly;
    const secrets = await loadSecrets(folder, users.names, options.services);
    let stopping: Promise<void> | undefined;
    const [postgres, nats] = await startBoth(folder, secrets, users, options.log);
    return {
      databaseUrl: postgres.url(),
      databaseUrlOf: (role, password) => {
        const url = new URL(postgres.url());
        url.username = role;
        url.password = password;
        return url.href;
      },
      natsUrl: nats.url(),
      natsUrlOf: nats.url,
      objectsUrl: pathToFileURL(objects).href,
      secrets,
      get postgresPid() {
        return postgres.pid;
      },
      get natsPid() {
        return nats.pid;
      },
      stop() {
        stopping ??= Promise.all([postgres.stop(), nats.stop()]).then(lock.release);
        return stopping;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};

const startBoth = async (folder: string, secrets: Secrets, users: NatsUsers, log: Log) => {
  const postgres = startPostgres({ folder, password: secrets.postgresPassword, durability: "safe", log });
  const nats = startNats({ folder: join(folder, "nats"), seeds: secrets.natsSeeds, users, log });
  const started = await Promise.allSettled([postgres, nats]);
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await Promise.all(started.map((result) => (result.status === "fulfilled" ? result.value.stop() : undefined)));
    throw failed.reason;
  }
  return Promise.all([postgres, nats]);
};
