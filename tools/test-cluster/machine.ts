import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { cgroup } from "./node.ts";
import { run } from "./run.ts";

/** The address of this machine that its Pods can reach. */
export const ownAddress = async (): Promise<string> => {
  const route = await run("ip", ["-4", "-o", "route", "get", "1.1.1.1"], { mayFail: true });
  const source = / src ([0-9.]+)/.exec(route)?.[1];
  const other = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === "IPv4" && !found.internal);
  const address = source ?? other?.address;
  if (address === undefined) throw new Error("This machine has no address but its loopback: a node needs one.");
  return address;
};

/** The folders of one cgroup: one, or one a controller where cgroups are of the first version. */
const cgroupFolders = async (): Promise<string[]> => {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  return mounts.flatMap(([, path, type]) =>
    path !== undefined && /^cgroup2?$/.test(type ?? "") ? [join(path, cgroup)] : [],
  );
};

/** Makes the cgroup of all Pods. */
export const makeCgroup = async (): Promise<void> => {
  for (const folder of await cgroupFolders()) await mkdir(folder, { recursive: true });
};

/** Every process in the cgroup of all Pods. */
export const processesOfPods = async (): Promise<number[]> => {
  const found = new Set<number>();
  for (const folder of await cgroupFolders())
    for (const inside of [folder, ...(await foldersBelow(folder))])
      for (const line of (await readFile(join(inside, "cgroup.procs"), "utf8").catch(() => "")).split("\n"))
        if (line !== "") found.add(Number(line));
  return [...found];
};

/** Removes the cgroup of all Pods, once it is empty. */
export const removeCgroup = async (): Promise<void> => {
  for (const folder of await cgroupFolders())
    for (const inside of [...(await foldersBelow(folder)).sort().reverse(), folder])
      await rmdir(inside).catch(() => {});
};

const foldersBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
};
