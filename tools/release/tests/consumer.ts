import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What a command printed, and its exit code. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A program that goes on, and the lines that it has printed. */
export type Running = { readonly lines: readonly string[]; stop(): Promise<void> };

/** A folder outside of the repository in which somebody else's program uses what they installed, with one version of Node. */
export type Consumer = {
  readonly folder: string;
  /** Installs tarballs and packages of the registry, as `npm install` does. */
  install(...packages: readonly string[]): Promise<void>;
  write(name: string, text: string): Promise<void>;
  /** Runs a command to its end; it finds `node`, `npm` and what was installed on its PATH. */
  run(command: string, ...args: readonly string[]): Promise<Finished>;
  start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): Running;
  close(): Promise<void>;
};

/** Installs a version of Node from npm's package for this platform, and returns the folder of its program. */
const nodeFolder = async (version: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), `rollerblade-node-${version}-`));
  folders.push(folder);
  await writeFile(join(folder, "package.json"), "{}");
  const name = `node-${process.platform}-${process.arch}`;
  await execute("npm", [...quietly, "install", `${name}@${version}`], { cwd: folder });
  return join(folder, "node_modules", name, "bin");
};

const folders: string[] = [];
const nodes = new Map<string, Promise<string>>();
const quietly = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"] as const;

/** Removes every installed Node. */
export const removeNodes = async (): Promise<void> => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
};

/** Installs a version of Node, once for all consumers; returns the folder of its program. */
export const installNode = (version: string): Promise<string> => {
  const node = nodes.get(version) ?? nodeFolder(version);
  nodes.set(version, node);
  return node;
};

/** Creates an empty folder with a package.json in it for a version of Node such as `22` or `20.19.0`. */
export const createConsumer = async (version: string): Promise<Consumer> => {
  const node = installNode(version);
  const folder = await mkdtemp(join(tmpdir(), `rollerblade-consumer-${version}-`));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const environment = { ...(await environmentWith(await node)), ROLLERBLADE_FOLDER: join(folder, ".rollerblade") };
  const options = { cwd: folder, env: environment, maxBuffer: 2 ** 26 };
  return {
    folder,
    install: async (...packages) => {
      await execute("npm", [...quietly, "install", ...packages], options);
    },
    write: async (name, text) => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    },
    run: async (command, ...args) => {
      const child = spawn(command, args, options);
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      await once(child, "close");
      return { code: child.exitCode, stdout: textOf(stdout), stderr: textOf(stderr) };
    },
    start: (command, args, more) => {
      const child = spawn(command, args, { ...options, env: { ...environment, ...more } });
      const lines: string[] = [];
      for (const output of [child.stdout, child.stderr])
        output.on("data", (chunk: Buffer) => lines.push(...chunk.toString().trim().split("\n")));
      const ended = once(child, "exit");
      return {
        lines,
        stop: async () => {
          child.kill("SIGTERM");
          await ended;
        },
      };
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

/**
 * The environment of this process without what npm, vitest and this repository have put there, and one Node before all others. How
 * to reach a registry (`npm_config_registry`, `NODE_EXTRA_CA_CERTS`) stays.
 */
const environmentWith = async (node: string): Promise<NodeJS.ProcessEnv> => {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|npm_config_local_prefix|NODE_(OPTIONS|PATH|ENV)$|VITEST|ROLLERBLADE_)/i.test(name),
  );
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: [node, ...path].join(delimiter) };
};

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();
