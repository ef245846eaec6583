import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { z } from "zod";
import { schemas } from "../../bin/registry.ts";
import { createWorld } from "../e2e/world.ts";

const program = join(import.meta.dirname, "server-process.ts");

/** A history does within a minute what takes people weeks: the brake of the pipeline-router is not for it. */
const [startsPerHour, manyStarts] = ["ROLLERBLADE_PIPELINE_ROUTER_STARTS_PER_HOUR", "100000"] as const;

/** A system of its own that a history works on, kills and starts. */
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
  /**
   * Ends everything and removes the folder, unless it is to be looked at: then it has the log of the services, and in `tables` a file of
   * JSON lines for each of their tables.
   */
  close(options?: { readonly keep?: boolean }): Promise<void>;
};

/**
 * What a kill takes away: the process of the services alone, or with it PostgreSQL and the nats-server, which the next start ends and
 * starts anew.
 */
export type Killed = "services" | "everything";

/** Makes an empty world. */
export const createHistoryWorld = (killed: Killed): Promise<HistoryWorld> =>
  killed === "services" ? createServicesWorld() : createEmbeddedWorld();

/** `rollerblade up`, with servers of its own. */
const createEmbeddedWorld = async (): Promise<HistoryWorld> => {
  const world = await createWorld();
  let api: HttpClient | undefined;
  return {
    folder: world.folder,
    bucket: world.bucket,
    up: async () => {
      await world.up({ [startsPerHour]: manyStarts });
      api = await world.api();
    },
    down: world.down,
    kill: world.kill,
    api: () => {
      if (api === undefined) throw new Error("The services are not up.");
      return api;
    },
    close: ({ keep = false } = {}) => (keep ? world.down() : world.close()),
  };
};

/**
 * All services in one process, on a database, a nats-server and a bucket of its own. Those servers outlive the process, are shared with
 * other tests where that is possible, and begin with migrated tables: so a world costs a tenth of a second, and a restart only what the
 * services themselves take.
 */
const createServicesWorld = async (): Promise<HistoryWorld> => {
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
        [startsPerHour]: manyStarts,
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
      if (keep) await writeTables(servers.databaseUrl, join(folder, "tables"));
      await end(next, "SIGKILL");
      await servers.stop();
      if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const writeTables = async (databaseUrl: string, folder: string): Promise<void> => {
  const sql = connect(databaseUrl, { max: 1 });
  await mkdir(folder, { recursive: true });
  const tables = await sql<{ schema: string; name: string }[]>`
    select schemaname as schema, tablename as name from pg_tables where schemaname !~ '^(pg_|information_schema)'`;
  for (const { schema, name } of tables) {
    const rows = await sql<
      { row: string }[]
    >`select to_jsonb(one)::text as row from ${sql(schema)}.${sql(name)} as one`;
    await writeFile(join(folder, `${schema}.${name}.jsonl`), rows.map(({ row }) => `${row}\n`).join(""));
  }
  await disconnect(sql);
};
