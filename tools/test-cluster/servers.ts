import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { inCluster } from "./folder.ts";

const servers = z.record(z.string(), z.object({ pid: z.number(), command: z.array(z.string()) }));
type Servers = z.infer<typeof servers>;

/** What was started, by name: its process and its command line. */
export const knownServers = async (): Promise<Servers> =>
  servers.parse(JSON.parse(await readFile(inCluster("servers.json"), "utf8").catch(() => "{}")));

const remember = async (known: Servers): Promise<void> =>
  writeFile(inCluster("servers.json"), JSON.stringify(known, null, 1));

/** Starts a server that outlives this process; its log is `logs/NAME.log`. */
export const startServer = async (name: string, command: readonly string[]): Promise<void> => {
  const [file = "", ...args] = command;
  const log = openSync(inCluster("logs", `${name}.log`), "a");
  // The cluster's own folder is first in the search for what a server writes relatively.
  // Servers written in Go collect their garbage less often, up to half of the memory: time is scarcer than memory here.
  const env = { ...process.env, GOGC: "300", GOMEMLIMIT: `${Math.floor(totalmem() / 2 / 2 ** 20)}MiB` };
  const child = spawn(file, args, { detached: true, stdio: ["ignore", log, log], cwd: inCluster(), env });
  closeSync(log);
  child.on("error", () => {});
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} cannot be started: ${file}`);
  await remember({ ...(await knownServers()), [name]: { pid: child.pid, command: [...command] } });
};

/** Starts a server again as it was started before. */
export const restartServer = async (name: string): Promise<void> => {
  const command = (await knownServers())[name]?.command;
  if (command === undefined) throw new Error(`the cluster has no server ${name}`);
  await startServer(name, command);
};

/** Ends a server: asked first, killed after ten seconds, or at once. */
export const stopServer = async (name: string, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> => {
  const server = (await knownServers())[name];
  if (server === undefined || !(await runs(server))) return;
  process.kill(server.pid, signal);
  for (let tries = 0; tries < 100 && (await runs(server)); tries++) await sleep(100);
  if (await runs(server)) process.kill(server.pid, "SIGKILL");
};

/** Whether the process is there and still the one that was started: numbers are used again. */
const runs = async ({ pid, command }: Servers[string]): Promise<boolean> => {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line !== "" && line.includes(command.slice(1).join("\0"));
};
