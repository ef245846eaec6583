import { chown, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandLineOf } from "../command-line.ts";
import { onFreePort } from "../free-port.ts";
import type { Log } from "../log.ts";
import { endOrphan, isOrphan, type OrphanMark, readPid } from "../orphan.ts";
import { startServerProcess } from "../server-process.ts";
import { type Supervised, supervise } from "../supervise.ts";
import { databaseUser, initCluster } from "./init-cluster.ts";
import { type Account, postgresAccount } from "./postgres-account.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { postgresFolder } from "./postgres-folder.ts";
import { type Durability, postgresSettings } from "./postgres-settings.ts";

/** Where to keep it and how to get in. */
export type PostgresOptions = {
  /** The cluster is made in `postgres` below it. */
  readonly folder: string;
  readonly password: string;
  readonly durability: Durability;
  readonly log: Log;
};

/** A PostgreSQL on the loopback address. */
export type PostgresServer = Supervised & {
  /** The address of one of its databases. @default the one that initdb makes */
  url(database?: string): string;
};

/**
 * Starts PostgreSQL on the folder, makes the cluster first if there is none, and keeps it up on one port. One that a killed
 * process left on this folder is ended first. The caller holds the folder's lock.
 * @throws Problem when it cannot be made or does not come up.
 */
export const startPostgres = async (options: PostgresOptions): Promise<PostgresServer> => {
  const { log, password } = options;
  const account = await postgresAccount();
  const binaries = await findPostgresBinaries(account);
  const folder = await postgresFolder(options.folder, account, log);
  const data = await initCluster({ folder, binaries, account, password });
  const mark = { pidFile: join(data, "postmaster.pid"), program: "postgres", path: data };

  const startOn = async (port: number): Promise<PostgresServer> => {
    const start = async () => {
      await clearTheWay(mark, log);
      await writeSettings(join(data, "postgresql.conf"), options.durability, account);
      return startServerProcess({
        name: "PostgreSQL",
        file: binaries.postgres,
        arguments: ["-D", data, "-p", String(port)],
        account: account ?? undefined,
        logFile: join(options.folder, "postgres.log"),
        // Fast shutdown: ends the sessions, keeps what was committed.
        endSignal: "SIGINT",
        ready: (pid) => isReady(mark.pidFile, pid),
      });
    };
    const server = await supervise("PostgreSQL", start, log);
    return {
      url: (database = "postgres") => `postgres://${databaseUser}:${password}@127.0.0.1:${port}/${database}`,
      restart: () => server.restart(),
      stop: () => server.stop(),
      get pid() {
        return server.pid;
      },
    };
  };
  return onFreePort(startOn);
};

/** Ends our own orphan; drops a pid file whose number now belongs to a foreign process, which PostgreSQL would believe. */
const clearTheWay = async (mark: OrphanMark, log: Log): Promise<void> => {
  const orphan = await endOrphan(mark, "SIGINT");
  if (orphan !== null) log.warn({ pid: orphan }, "ended a PostgreSQL that was left behind");
  const pid = await readPid(mark.pidFile);
  const foreign = pid !== null && (await commandLineOf(pid)) !== null && !(await isOrphan(pid, mark));
  if (foreign) await rm(mark.pidFile, { force: true });
};

const writeSettings = async (path: string, durability: Durability, account: Account | null): Promise<void> => {
  await writeFile(path, postgresSettings(durability), { mode: 0o600 });
  if (account !== null) await chown(path, account.uid, account.gid);
};

/** The eighth line of the pid file is the postmaster's own word, as `pg_ctl` reads it. */
const isReady = async (pidFile: string, pid: number): Promise<boolean> => {
  const lines = (await readFile(pidFile, "utf8").catch(() => "")).split("\n");
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
};
