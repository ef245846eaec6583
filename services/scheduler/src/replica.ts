import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * A name for this running process that nobody else ever has: host, process id, the process' start time in clock ticks since
 * the host's boot, and chance. The first three let a neighbour on the same host see at once that we died.
 */
export const nameReplica = (): string => [hostname(), process.pid, startOf(process.pid), randomUUID()].join("/");

/** Whether the process behind a name is certainly gone: it ran on this host, and is not there any more. */
export const isDead = (replica: string): boolean => {
  const [host, pid, start] = replica.split("/");
  if (host !== hostname() || pid === undefined) return false;
  return startOf(Number(pid)) !== start;
};

/** Start time of a process (proc_pid_stat(5), field 22); elsewhere than on Linux only whether there is one. */
const startOf = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return process.platform === "linux" ? "gone" : aliveOf(pid);
  }
};

const aliveOf = (pid: number): string => {
  try {
    process.kill(pid, 0);
    return "alive";
  } catch {
    return "gone";
  }
};
