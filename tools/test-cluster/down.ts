import { readdir, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { network } from "./control-plane.ts";
import { clusterFolder, inCluster } from "./folder.ts";
import { k3sContainer, removeK3s } from "./k3s.ts";
import { processesOfPods, removeCgroup } from "./machine.ts";
import { removePolicyTable } from "./policies/table.ts";
import { printProgress } from "./progress.ts";
import { run } from "./run.ts";
import { knownServers, stopServer } from "./servers.ts";

/** Ends the cluster that was started here with all its Pods, and takes mounts, network and files away. */
export const stopOwnCluster = async (): Promise<void> => {
  printProgress("stopping the cluster");
  const k3s = await k3sContainer();
  await (k3s === null ? stopServers() : removeK3s(k3s));
  await rm(clusterFolder, { recursive: true, force: true, maxRetries: 3 });
  printProgress("nothing of it is left");
};

const stopServers = async (): Promise<void> => {
  const names = Object.keys(await knownServers()).reverse();
  for (const name of names.filter((name) => name !== "containerd")) await stopServer(name);
  await endPods();
  await stopServer("containerd");
  await endShims();
  await unmountEverything();
  await removeCgroup();
  await removeNetwork();
};

const endPods = async (): Promise<void> => {
  for (let tries = 0; tries < 50; tries++) {
    const found = await processesOfPods();
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
    await sleep(100);
  }
};

/** The watchers of containers, which outlive containerd: those of our socket. */
const endShims = async (): Promise<void> => {
  for (const name of await readdir("/proc")) {
    const line = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "") : "";
    if (line.includes("containerd-shim") && line.includes(inCluster("containerd.sock"))) kill(Number(name));
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
};

const unmountEverything = async (): Promise<void> => {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  const ours = mounts.filter((path) => path.startsWith(`${clusterFolder}/`));
  for (const path of ours.sort().reverse()) await run("umount", ["--lazy", path], { mayFail: true });
};

/** Takes the bridge, the network namespaces of Pods and the rules of kube-proxy and the network plugins away. */
const removeNetwork = async (): Promise<void> => {
  await removePolicyTable();
  await run("ip", ["link", "delete", network.bridge], { mayFail: true });
  const namespaces = await run("ip", ["netns", "list"], { mayFail: true });
  for (const line of namespaces.split("\n")) {
    const name = line.split(" ")[0] ?? "";
    if (name.startsWith("cni-")) await run("ip", ["netns", "delete", name], { mayFail: true });
  }
  for (const family of ["iptables", "ip6tables"])
    for (const table of ["filter", "nat", "mangle"]) {
      const rules = await run(`${family}-save`, ["-t", table], { mayFail: true });
      const kept = rules.split("\n").filter((rule) => !/KUBE|CNI-/.test(rule));
      if (rules.split("\n").length > kept.length)
        await run(`${family}-restore`, [], { input: kept.join("\n"), mayFail: true });
    }
};
