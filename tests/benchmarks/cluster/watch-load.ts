import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import type { ClusterClient } from "@rollerblade/kubernetes";
import { z } from "zod";

const execute = promisify(execFile);

/** What a run leaves in the memory of one process, in bytes: when a quarter was done, and at its end. */
export type Growth = { readonly early: number; readonly late: number };

/** One look at a long run. */
export type Sample = {
  /** Seconds since it began. */
  readonly seconds: number;
  /** The share of the work that was done, from 0 to 1. */
  readonly done: number;
  /** Pods and Jobs in etcd. */
  readonly objects: number;
  /** Resident MiB of the scheduler, and by name of the cluster's servers and others. */
  readonly scheduler: number;
  readonly [server: string]: number;
};

/** What was seen while something ran. */
export type Load = {
  /** A look every minute. */
  readonly samples: readonly Sample[];
  /** Most Pods and Jobs that etcd held at one moment. */
  readonly maxObjects: number;
  /** Of the process that asks: the scheduler. */
  readonly scheduler: Growth;
  /** Of the cluster's servers and others, at the end, by name. */
  readonly servers: Readonly<Record<string, number>>;
};

const counted = z.object({
  metadata: z.object({ remainingItemCount: z.int().default(0) }),
  items: z.array(z.unknown()).nullable().default([]),
});

/** Objects of a list, of which the API server sends one. */
const countOf = async (cluster: ClusterClient, path: string): Promise<number> => {
  const { metadata, items } = counted.parse(await cluster.call({ path, query: { limit: 1 } }));
  return metadata.remainingItemCount + (items?.length ?? 0);
};

/** Pods and Jobs of a namespace. */
export const countObjects = async (cluster: ClusterClient, namespace: string): Promise<number> =>
  (await countOf(cluster, `/api/v1/namespaces/${namespace}/pods`)) +
  (await countOf(cluster, `/apis/batch/v1/namespaces/${namespace}/jobs`));

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** Looks every two seconds until it is stopped. `done` says which share of the work is done, from 0 to 1. */
export const watchLoad = (
  cluster: ClusterClient,
  namespace: string,
  done: () => Promise<number>,
): (() => Promise<Load>) => {
  let [maxObjects, early] = [0, 0];
  const begin = performance.now();
  const samples: Sample[] = [];
  const look = async (): Promise<void> => {
    const [objects, share, memory] = [await countObjects(cluster, namespace), await done(), process.memoryUsage.rss()];
    maxObjects = Math.max(maxObjects, objects);
    if (early === 0 && share >= 0.25) early = memory;
    const seconds = Math.round((performance.now() - begin) / 1000);
    if (seconds < 60 * (samples.length + 1)) return;
    const servers = Object.entries(await memoryOfServers()).map(([name, bytes]) => [name, mebibytes(bytes)]);
    const shared = { seconds, done: Number(share.toFixed(4)), objects, scheduler: mebibytes(memory) };
    samples.push({ ...shared, ...Object.fromEntries(servers) });
    console.log(JSON.stringify(samples.at(-1)));
  };
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(look).catch(() => {});
  }, 2_000);
  return async () => {
    clearInterval(timer);
    await last;
    const late = process.memoryUsage.rss();
    return { samples, maxObjects, scheduler: { early: early || late, late }, servers: await memoryOfServers() };
  };
};

const names = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "nats-server",
  "versitygw",
];

/** Resident bytes of the servers on this machine. */
const memoryOfServers = async (): Promise<Readonly<Record<string, number>>> => {
  const { stdout } = await execute("ps", ["-eo", "rss=,args="], { maxBuffer: 1 << 26 });
  const sizes = new Map<string, number>();
  for (const line of stdout.split("\n")) {
    const [rss = "0", ...words] = line.trim().split(/\s+/);
    const name = names.find((one) => words.slice(0, 2).some((word) => basename(word).startsWith(one)));
    if (name !== undefined) sizes.set(name, Math.max(sizes.get(name) ?? 0, Number(rss) * 1024));
  }
  return Object.fromEntries(sizes);
};
