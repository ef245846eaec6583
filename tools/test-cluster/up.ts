import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificates } from "./certificates.ts";
import {
  apiPort,
  apiServerCommand,
  controllerManagerCommand,
  etcdCommand,
  podSchedulerCommand,
  proxyCommand,
} from "./control-plane.ts";
import { startDns } from "./dns.ts";
import { inCluster } from "./folder.ts";
import { buildHyperkube } from "./hyperkube.ts";
import { dockerIsThere, ensureBaseImage } from "./images/docker.ts";
import { buildAnalyses, buildProject, projectImage } from "./images/project-images.ts";
import { buildServers } from "./images/server-images.ts";
import { loadImages } from "./images.ts";
import { k3sCanBeHad, startK3s } from "./k3s.ts";
import { kubectl } from "./kubectl.ts";
import { makeCgroup, ownAddress } from "./machine.ts";
import { cniPlugins, configureNode, containerdCommand, kubeletCommand } from "./node.ts";
import { printProgress } from "./progress.ts";
import { succeeds } from "./run.ts";
import { startServer } from "./servers.ts";
import { buildPause } from "./stand-ins.ts";
import { until } from "./until.ts";
import { makeVolumes } from "./volumes.ts";

/** Starts a real one-node Kubernetes: k3s where its image can be had, else of this machine's own. @throws with what is missing */
export const startOwnCluster = async (): Promise<void> => {
  if (!(await dockerIsThere())) throw new Error(`No Docker engine answers, and none can be started: ${packages}`);
  await ensureBaseImage();
  await mkdir(inCluster("logs"), { recursive: true });
  if (!(await k3sCanBeHad())) return startServers();
  printProgress("starting k3s");
  await startK3s();
  await until("the node is ready", async () => (await kubectl(["get", "nodes"])).includes(" Ready"), 180);
};

const startServers = async (): Promise<void> => {
  await checkMachine();
  const hyperkube = await buildHyperkube();
  const address = await ownAddress();
  printProgress("starting etcd, the API server and the controllers");
  await makeCertificates(apiPort);
  const start = ([name = "", ...args]: readonly string[]) => startServer(name, [hyperkube, name, ...args]);
  await start(etcdCommand());
  await start(apiServerCommand(address));
  await until(
    "the API server is ready",
    () => succeeds(hyperkube, ["kubectl", "--kubeconfig", inCluster("kubeconfig"), "get", "--raw", "/readyz"]),
    180,
  );
  await start(controllerManagerCommand());
  await start(podSchedulerCommand());
  await start(proxyCommand());
  printProgress("starting the node");
  await configureNode();
  await makeCgroup();
  await startServer("containerd", containerdCommand());
  await until("containerd answers", () => succeeds("ctr", ["--address", inCluster("containerd.sock"), "version"]));
  await loadImages([await buildPause()]);
  await start(kubeletCommand(address));
  await until("the node is ready", async () => (await kubectl(["get", "nodes"])).includes(" Ready"), 180);
  await makeVolumes();
  await startServer(policyServer, [process.execPath, join(import.meta.dirname, "policies", "enforce.ts")]);
  await startDns();
};

/** What makes NetworkPolicies hold, by its name among the servers. */
const policyServer = "network-policies";

/** Builds every image that the project needs and gives it to the node. */
export const loadEverything = async (): Promise<void> => {
  await loadImages(await buildServers());
  await buildProject();
  await loadImages([projectImage, ...(await buildAnalyses())]);
};

const packages =
  "apt-get install -y containerd runc containernetworking-plugins iptables nftables conntrack openssl docker.io";

const checkMachine = async (): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Error("A cluster of this machine's own needs root.");
  for (const [program, flag] of [
    ["containerd", "--version"],
    ["runc", "--version"],
    ["iptables", "--version"],
    ["openssl", "version"],
    ["nft", "--version"],
    ["conntrack", "--version"],
    ["go", "version"],
  ] as const)
    if (!(await succeeds(program, [flag])))
      throw new Error(`${program} is missing: ${packages}, and Go from https://go.dev`);
  await access(cniPlugins).catch(() => {
    throw new Error(`${cniPlugins} is missing: ${packages}`);
  });
};
