import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { onFreePort } from "../free-port.ts";
import type { Log } from "../log.ts";
import { endOrphan } from "../orphan.ts";
import { startServerProcess } from "../server-process.ts";
import { type Supervised, supervise } from "../supervise.ts";
import { findNatsServer } from "./find-nats-server.ts";
import { recoverFromFullDisk } from "./full-disk.ts";
import { authorizationOf, type NatsUsers, operatorName, operatorOnly, usersFile } from "./nats-users.ts";

/** Where to keep it and how to get in. */
export type NatsOptions = {
  /** Holds the configuration, the log and the streams. */
  readonly folder: string;
  /** The seeds of the users' nkeys by name; the operator's is among them. */
  readonly seeds: Readonly<Record<string, string>>;
  /** What each user may do. @default the operator may do everything, and there is nobody else */
  readonly users?: NatsUsers;
  readonly log: Log;
};

/** A nats-server with JetStream on the loopback address. */
export type NatsServer = Supervised & {
  /** The address for a user. @default the operator */
  url(user?: string): string;
};

/**
 * Starts nats-server on the folder and keeps it up on one port. One that a killed process left on this folder is ended first.
 * @throws Problem `unavailable` when there is no server to be had, or it does not come up.
 */
export const startNats = async (options: NatsOptions): Promise<NatsServer> => {
  const file = await findNatsServer(options.log);
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const configuration = join(options.folder, "nats.conf");
  const logFile = join(options.folder, "nats.log");
  const mark = { pidFile: join(options.folder, "nats.pid"), program: "nats-server", path: configuration };

  const startOn = async (port: number): Promise<NatsServer> => {
    await writeFile(configuration, natsConfiguration(options, port, mark.pidFile), { mode: 0o600 });
    await writeFile(join(options.folder, usersFile), authorizationOf(options.users ?? operatorOnly, options.seeds), {
      mode: 0o600,
    });
    const start = async () => {
      const orphan = await endOrphan(mark, "SIGTERM");
      if (orphan !== null) options.log.warn({ pid: orphan }, "ended a nats-server that was left behind");
      return startServerProcess({
        name: "nats-server",
        file,
        arguments: ["-c", configuration],
        logFile,
        endSignal: "SIGTERM",
        ready: () => greets(port),
      });
    };
    const server = await supervise("nats-server", start, options.log);
    const watch = recoverFromFullDisk({ ...options, logFile, restart: server.restart });
    return {
      url: (user = operatorName) => `nats://${user}:${options.seeds[user]}@127.0.0.1:${port}`,
      restart: () => server.restart(),
      stop() {
        watch.stop();
        return server.stop();
      },
      get pid() {
        return server.pid;
      },
    };
  };
  return onFreePort(startOn);
};

/** The server acknowledges before it has synced to disk; a lost tail is published again from the outbox. */
const natsConfiguration = (options: NatsOptions, port: number, pidFile: string): string => `
server_name: "rollerblade"
host: "127.0.0.1"
port: ${port}
pid_file: ${JSON.stringify(pidFile)}
include ${JSON.stringify(usersFile)}
jetstream { store_dir: ${JSON.stringify(options.folder)}, sync_interval: "10s" }
`;

/** A NATS server speaks first: it sends INFO as soon as it takes connections. */
const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once("error", () => answer(false));
    socket.once("data", (greeting) => answer(greeting.toString().startsWith("INFO ")));
  });
