import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { keepPublished } from "@rollerblade/embedded/testing";
import { z } from "zod";

/** The repository. */
export const root = join(import.meta.dirname, "..", "..");

const program = join(root, "bin", "rollerblade.ts");

/** What a command left behind. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A folder of its own in which the real command line is used, as a person would. */
export type World = {
  readonly folder: string;
  /** Where the bucket lies. */
  readonly bucket: string;
  /** Runs one command to its end. */
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Finished>;
  /** Runs one command that must succeed, and parses what it prints. @throws with its output when it fails */
  json<Schema extends z.ZodType>(schema: Schema, args: readonly string[]): Promise<z.output<Schema>>;
  /** Starts a command and does not wait for its end. */
  start(args: readonly string[], environment?: NodeJS.ProcessEnv): ChildProcess;
  /** Starts `rollerblade up` and waits until it answers. */
  up(environment?: NodeJS.ProcessEnv): Promise<void>;
  /** Ends what `up` started, gracefully. */
  down(): Promise<void>;
  /** Ends what `up` started with SIGKILL; its PostgreSQL and NATS go on, as they would. */
  kill(): Promise<void>;
  /** The API of what `up` started. */
  api(): Promise<HttpClient>;
  /** Where that is, and the token of its administrator. */
  server(): Promise<{ readonly url: string; readonly token: string }>;
  /** A copy of the example dataset that a test may change. */
  copyOfColin(name?: string): Promise<string>;
  /** Ends everything and removes the folder; derivative datasets are kept for the official validator, see `keepPublished`. */
  close(): Promise<void>;
};

const serverFile = z.object({ url: z.string(), token: z.string(), pid: z.number() });

/** Makes an empty world. */
export const createWorld = async (): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-world-"));
  let server: ChildProcess | undefined;
  // A server that the surroundings of the tests name is somebody else's.
  const { ROLLERBLADE_URL: _url, ROLLERBLADE_TOKEN: _token, ...surroundings } = process.env;
  const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...surroundings, ROLLERBLADE_FOLDER: join(folder, ".rollerblade"), ...environment },
    });
  const world: World = {
    folder,
    bucket: join(folder, ".rollerblade", "objects"),
    start,
    run: (args, environment) => finished(start(args, environment)),
    json: async (schema, args) => {
      const { code, stdout, stderr } = await world.run([...args, "--json"]);
      if (code !== 0) throw new Error(`rollerblade ${args.join(" ")} ended with ${code}\n${stderr}`);
      return schema.parse(JSON.parse(stdout));
    },
    up: async (environment) => {
      server = start(["up", "--port", "0"], environment);
      const output = collect(server);
      await answering(folder, server, output);
    },
    down: async () => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
      server = undefined;
    },
    kill: async () => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      server = undefined;
    },
    api: async () => createHttpClient(await readServer(folder)),
    server: async () => {
      const { url, token } = await readServer(folder);
      return { url, token };
    },
    copyOfColin: async (name = "colin-mini") => {
      const copy = join(folder, "data", name);
      await cp(join(root, "examples", "datasets", "colin-mini"), copy, { recursive: true });
      return copy;
    },
    close: async () => {
      await world.down();
      await keepPublished(world.bucket);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return world;
};

const readServer = async (folder: string) =>
  serverFile.parse(JSON.parse(await readFile(join(folder, ".rollerblade", "server.json"), "utf8")));

/** Milliseconds that a server may take to answer: generous, since many tests may share few processors. */
const startTimeoutMs = 240_000;

const answering = async (folder: string, server: ChildProcess, output: () => string): Promise<void> => {
  for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; ) {
    if (server.exitCode !== null) throw new Error(`rollerblade up ended with ${server.exitCode}\n${output()}`);
    const known = await readServer(folder).catch(() => undefined);
    if (known?.pid === server.pid && (await fetch(`${known?.url}/readyz`).catch(() => undefined))?.ok) return;
    await sleep(100);
  }
  throw new Error(`rollerblade up does not answer\n${output()}`);
};

const collect = (child: ChildProcess): (() => string) => {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
};

const finished = async (child: ChildProcess): Promise<Finished> => {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  await once(child, "close");
  return { code: child.exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
};
