/**
 * Prints the resident memory of each service at rest, from source and from the bundles of `npm run bundle`: every service in a process
 * of its own, started as Pods start it (`serve NAME`), measured some seconds after it is ready. `npm run bundle:memory`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startTestServers } from "@rollerblade/embedded/testing";
import { serviceKeyVariables } from "@rollerblade/service-kit/testing";
import { imageStart } from "./image-start.ts";

const repository = resolve(import.meta.dirname, "../../..");
const names = ["accounts", "catalog", "gateway", "ingest", "pipeline-router", "scheduler", "tagger"] as const;
const programs = { source: "bin/rollerblade.ts", bundle: "dist/image/bin/rollerblade.js" } as const;

/** Seconds after the last service is ready: what starting needed has been collected by then. */
const restSeconds = 20;

const servers = await startTestServers();
const folder = await mkdtemp(join(tmpdir(), "rollerblade-memory-"));
const figures = new Map<string, number[]>();
try {
  for (const program of Object.values(programs))
    for (const [name, bytes] of await measure(program)) figures.set(name, [...(figures.get(name) ?? []), bytes]);
} finally {
  await servers.stop();
  await rm(folder, { recursive: true });
}
console.log(["", ...Object.keys(programs)].join("\t"));
for (const [name, [source = 0, bundle = 0]] of figures)
  console.log(`${name}\t${(source / 1e6).toFixed(0)} MB\t${(bundle / 1e6).toFixed(0)} MB`);

async function measure(program: string): Promise<[string, number][]> {
  const ports = await Promise.all(names.map(async (name) => [name, await freePort("127.0.0.1")] as const));
  const environment = {
    ...process.env,
    ...imageStart.environment,
    ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
    ROLLERBLADE_NATS_URL: servers.natsUrl,
    ROLLERBLADE_OBJECTS: `file://${join(folder, "bucket")}`,
    ROLLERBLADE_PUBLIC_URL: `http://127.0.0.1:${ports.find(([name]) => name === "gateway")?.[1]}`,
    ...serviceKeyVariables,
    ROLLERBLADE_PEERS: JSON.stringify(
      Object.fromEntries(ports.map(([name, port]) => [name, `http://127.0.0.1:${port}`])),
    ),
    ROLLERBLADE_HOST: "127.0.0.1",
    ROLLERBLADE_LOG_LEVEL: "error",
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
  const path = join(repository, program);
  const migrated = spawnSync(process.execPath, [path, "migrate"], { env: environment, encoding: "utf8" });
  if (migrated.status !== 0) throw new Error(`${program} migrate failed: ${migrated.stderr}`);
  // Once to fill the compile cache, as a Pod that has been started before; once to be measured.
  for (const turn of ["first", "second"]) {
    const children = ports.map(
      ([name, port]): ChildProcess =>
        spawn(process.execPath, [...imageStart.flags, path, "serve", name], {
          env: { ...environment, ROLLERBLADE_PORT: String(port) },
          stdio: ["ignore", "ignore", "inherit"],
        }),
    );
    try {
      await Promise.all(ports.map(([, port], index) => ready(`http://127.0.0.1:${port}/readyz`, children[index])));
      if (turn === "first") continue;
      await sleep(restSeconds * 1000);
      return names.map((name, index) => [name, residentOf(children[index]?.pid ?? 0)]);
    } finally {
      await Promise.all(children.map(stop));
    }
  }
  return [];
}

async function ready(url: string, child: ChildProcess | undefined): Promise<void> {
  for (;;) {
    if (child?.exitCode !== null) throw new Error(`the service at ${url} has ended`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(200);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
}

/** Bytes, from `/proc/<pid>/status` (proc_pid_status(5)). */
function residentOf(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}
