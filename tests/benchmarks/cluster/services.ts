import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundle } from "@rollerblade/bundle";
import { imageStart } from "@rollerblade/bundle/image-start";
import { createHttpClient } from "@rollerblade/client";
import { freePort, startTestServers } from "@rollerblade/embedded/testing";
import { connectCluster } from "@rollerblade/kubernetes";
import { findVersitygw, startVersitygw } from "@rollerblade/object-store/testing";
import { serviceKeyVariables } from "@rollerblade/service-kit/testing";
import {
  createPodAnalysis,
  prepareNamespace,
  testImages,
  variablesOf,
} from "@rollerblade/service-scheduler/testing/cluster";
import { services } from "../../../bin/registry.ts";
import { kubeconfig } from "../../../tools/test-cluster/kubectl.ts";
import { ownAddress } from "../../../tools/test-cluster/machine.ts";
import { createWorld } from "../../e2e/world.ts";
import { must } from "../scheduler/must.ts";
import { finished, indexed, requireOutcome, timedRun } from "../scheduler/timed-run.ts";
import { writeTinyDataset } from "../scheduler/tiny-dataset.ts";
import { clearNamespace, fakePlacement, startFakeNodes } from "./kwok.ts";
import { playPods } from "./scale.ts";
import type { Growth } from "./watch-load.ts";

type Name = keyof typeof services;
const names = Object.keys(services) as Name[];

/** What a run of many slices costs the whole system, every service in a process of its own. */
export type ServicesFigures = {
  /** Seconds until all slices were published, and until the same again was found in place. */
  readonly ran: number;
  readonly again: number;
  /** Resident memory of each service at rest, before there was any work, and at its most, in bytes. */
  readonly memory: Readonly<Record<Name, Growth>>;
};

/** Seconds after the last service is ready: what starting needed has been collected by then. */
const restSeconds = 20;

/**
 * Imports a dataset of so many scans, and runs an analysis over all of them on nodes that kwok plays. The services run as in the image:
 * from its bundle, with its flags of Node.
 */
export const measureServices = async (count: number): Promise<ServicesFigures> => {
  const servers = await startTestServers();
  const host = await ownAddress();
  const s3 = await startVersitygw((await findVersitygw()) ?? "", host);
  const cluster = await connectCluster();
  const namespace = `services-test-${randomBytes(4).toString("hex")}`;
  await prepareNamespace(cluster, namespace);
  const nodes = await startFakeNodes(cluster, count);
  const world = await createWorld();
  const started: ChildProcess[] = [];
  const endings: (() => void)[] = [];
  try {
    const token = randomBytes(16).toString("hex");
    const urls = await placesOf(host);
    const environment = {
      ...imageStart.environment,
      ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
      ROLLERBLADE_NATS_URL: servers.natsUrl,
      ROLLERBLADE_OBJECTS: s3.url,
      ROLLERBLADE_PUBLIC_URL: urls.gateway,
      ...serviceKeyVariables,
      ROLLERBLADE_ACCOUNTS_ADMIN_TOKEN: token,
      ROLLERBLADE_HOST: host,
      ROLLERBLADE_PEERS: JSON.stringify(urls),
      ROLLERBLADE_LOG_LEVEL: "error",
      KUBECONFIG: kubeconfig(),
      ...variablesOf({
        ...{ executor: "kubernetes", namespace, images: "by-name", stagingImage: testImages.rollerblade },
        ...{ stagingUrl: urls.scheduler, stagingMemory: 2 ** 26, checkPodAddress: false, keepLogs: "failed" },
        placement: JSON.stringify(fakePlacement),
      }),
    };
    await must(world, ["migrate"], environment);
    // Beside node_modules, where a few packages are that are no part of it.
    const program = resolve(import.meta.dirname, "../../../dist/image");
    await bundle({ folder: program, minify: true });
    const children = names.map((name) => serve(program, name, urls[name], environment));
    started.push(...children);
    process.once("exit", () => {
      for (const child of children) child.kill("SIGKILL");
    });
    await Promise.all(names.map((name) => answering(urls[name])));
    await sleep(restSeconds * 1_000);
    endings.push(playPods({ namespace, stagingUrl: urls.scheduler }));
    const api = createHttpClient({ url: urls.gateway, token });
    const person = { ROLLERBLADE_URL: urls.gateway, ROLLERBLADE_TOKEN: token };
    const idle = await memoryOf(children);
    const dataset = await writeTinyDataset(join(world.folder, "data", "tiny"), count);
    await must(world, ["dataset", "import", dataset], person);
    await indexed(api, "tiny", count);
    await createPodAnalysis({ client: () => api }, "many", {
      resources: "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 30m",
    });
    const most = { ...idle };
    const watching = setInterval(async () => {
      const now = await memoryOf(children).catch(() => most);
      for (const name of names) most[name] = Math.max(most[name], now[name]);
    }, 1_000);
    const ran = await timedRun(api, "many", "tiny", finished, 250);
    requireOutcome(ran.run, "ran", count);
    // The consumers of the results are done with them by then.
    await sleep(30_000);
    const again = await timedRun(api, "many", "tiny", finished, 250);
    requireOutcome(again.run, "inPlace", count);
    clearInterval(watching);
    const memory = names.map((name): [Name, Growth] => [name, { early: idle[name], late: most[name] }]);
    return { ran: ran.seconds, again: again.seconds, memory: Object.fromEntries(memory) as Record<Name, Growth> };
  } finally {
    for (const end of endings) end();
    for (const child of started) child.kill("SIGKILL");
    await world.close();
    await clearNamespace(cluster, namespace);
    await cluster.call({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
    await nodes.stop();
    cluster.close();
    await servers.stop();
    await s3.stop();
  }
};

const placesOf = async (host: string): Promise<Record<Name, string>> => {
  const urls: Partial<Record<Name, string>> = {};
  for (const name of names) urls[name] = `http://${host}:${await freePort(host)}`;
  return urls as Record<Name, string>;
};

const serve = (folder: string, name: Name, url: string, environment: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [...imageStart.flags, imageStart.program(folder), "serve", name], {
    env: { ...process.env, ...environment, ROLLERBLADE_PORT: new URL(url).port },
    stdio: ["ignore", "ignore", "inherit"],
  });

const answering = async (url: string): Promise<void> => {
  while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) await sleep(100);
};

/** Resident bytes of each service now. */
const memoryOf = async (children: readonly ChildProcess[]): Promise<Record<Name, number>> => {
  const sizes = await Promise.all(
    children.map(async ({ pid }, at) => {
      const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
      return [names[at], Number(kilobytes) * 1024];
    }),
  );
  return Object.fromEntries(sizes);
};
