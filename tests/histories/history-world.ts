import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { startMigratedServers } from "@rollerblade/database/testing";
import { z } from "zod";
import { schemas } from "../../bin/registry.ts";

const program = join(import.meta.dirname, "server-process.ts");

/**
 * All services in one process that can be killed, on a database, a nats-server and a bucket of its own. Those servers outlive the
 * process, are shared with other tests where that is possible, and begin with migrated tables: so a world costs a tenth of a second,
 * and a restart only what the services themselves take.
 */
export type HistoryWorld = {
  /** Where inputs are written. */
  readonly folder: string;
  /** Where the bucket lies. */
  readonly bucket: string;
  /** Starts the services and waits until they answer. */
  up(): Promise<void>;
  /** Ends them gracefully. */
  down(): Promise<void>;
  /** Ends them with SIGKILL. */
  kill(): Promise<void>;
  /** A client of the administrator. @throws while the services are not up */
  api(): HttpClient;
  /** Ends everything and removes the folder, which has the log of the services, unless it is to be looked at. */
  close(options?: { readonly keep?: boolean }): Promise<void>;
};

/** Makes an empty world. */
export const createHistoryWorld = async (): Promise<HistoryWorld> => {
  const servers = await startMigratedServers(schemas);
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-history-"));
  const token = randomBytes(16).toString("hex");
  const log = join(folder, "rollerblade.log");
  // A server that the surroundings of the tests name is somebody else's.
  const { ROLLERBLADE_URL: _url, ROLLERBLADE_TOKEN: _token, ...surroundings } = process.env;
  const load = (): ChildProcess =>
    spawn(process.execPath, [program], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        ...surroundings,
        HISTORY_TOKEN: token,
        ROLLERBLADE_MODE: "embedded",
        ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
        ROLLERBLADE_DATABASE_POOL: "8",
        ROLLERBLADE_NATS_URL: servers.natsUrl,
        ROLLERBLADE_OBJECTS: servers.objectsUrl,
        ROLLERBLADE_LINK_SECRET: token,
        ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
        ROLLERBLADE_PORT: "0",
        ROLLERBLADE_LOG_FILE: log,
        ROLLERBLADE_SCHEDULER_SCRATCH: join(folder, "scratch"),
        // A history does within a minute what takes people weeks: the brake of the pipeline-router is not for it.
        ROLLERBLADE_PIPELINE_ROUTER_STARTS_PER_HOUR: "100000",
      },
    });
  const end = async (process: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill(signal);
    await ended;
  };
  let next = load();
  let current: ChildProcess | undefined;
  let url: string | undefined;
  const stop = (signal: NodeJS.Signals): Promise<void> => {
    url = undefined;
    return end(current, signal);
  };
  return {
    folder,
    bucket: fileURLToPath(servers.objectsUrl),
    up: async () => {
      current = next;
      const ended = once(current, "exit").then(async () => {
        throw new Error(`The services did not start.\n${(await readFile(log, "utf8").catch(() => "")).slice(-2_000)}`);
      });
      const answered = once(current, "message");
      current.send("start");
      [url] = z.tuple([z.string()], z.unknown()).parse(await Promise.race([answered, ended]));
      next = load();
    },
    down: () => stop("SIGTERM"),
    kill: () => stop("SIGKILL"),
    api: () => {
      if (url === undefined) throw new Error("The services are not up.");
      return createHttpClient({ url, token });
    },
    close: async ({ keep = false } = {}) => {
      await stop("SIGTERM");
      await end(next, "SIGKILL");
      await servers.stop();
      if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
