import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Sql } from "@rollerblade/database";

/**
 * A replica that holds leases on attempts and publications. A lease that is not renewed runs out, and then any replica may take the
 * row over; so what a dead replica had is never lost, and what a living one has is never taken.
 */
export type LeaseHolder = {
  readonly sql: Sql;
  /** See {@link nameReplica}. */
  readonly replica: string;
  readonly config: { readonly leaseSeconds: number };
};

/**
 * Makes a name for this running process that no other ever has: host, process id, the process' start time in clock ticks since the
 * host's boot, and a random UUID. With the first three another process on the same host finds out at once that this one has died.
 * Example: `node-7/4711/88123456/5f0c…`.
 */
export const nameReplica = (): string => [hostname(), process.pid, startOf(process.pid), randomUUID()].join("/");

/** Tells whether the process behind a name is certainly gone: it ran on this host, and is not there any more. */
export const isDead = (replica: string): boolean => {
  const [host, pid, start] = replica.split("/");
  if (host !== hostname() || pid === undefined) return false;
  return startOf(Number(pid)) !== start;
};

/** Reads the start time of a process (proc_pid_stat(5), field 22); elsewhere than on Linux only whether there is one. */
const startOf = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the command in parentheses, may contain spaces: what follows its last `)` begins with the third.
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
