import { closeSync, openSync, readdirSync, readSync } from "node:fs";

/** Bytes of a page; Linux counts resident memory in pages. */
const pageSize = 4096;

/** One process as the system sees it. */
export type SystemProcess = { readonly pid: number; readonly group: number /** Bytes. */; readonly resident: number };

/** Processes of this machine, from `/proc`; none where there is no `/proc`. */
export const listProcesses = (): SystemProcess[] => processIds().flatMap((pid) => processStatus(pid) ?? []);

/** One process of this machine; undefined when it has ended. */
export const processStatus = (pid: number): SystemProcess | undefined => parseStat(readProcessFile(pid, "stat"));

/** Reads `/proc/<pid>/stat` (proc_pid_stat(5)); the name in parentheses may hold anything, a `)` too. */
export const parseStat = (text: string): SystemProcess | undefined => {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Counted from the field after the name: 0 state, 1 ppid, 2 pgrp, … 21 rss.
  const group = Number(fields[2]);
  const resident = Number(fields[21]) * pageSize;
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === "Z" || Number.isNaN(pid + group + resident) ? undefined : { pid, group, resident };
};

/**
 * Returns the bytes that a group really uses: pages that its processes share, such as those of a forked worker that were not written to
 * since, are counted once (PSS, the proportional set size of proc_pid_smaps_rollup(5)). A process whose PSS cannot be read counts with
 * all that is resident of it.
 */
export const proportionalOf = (group: number, processes: readonly SystemProcess[]): number =>
  processes
    .filter((process) => process.group === group)
    .reduce((sum, { pid, resident }) => sum + (parsePss(readProcessFile(pid, "smaps_rollup")) ?? resident), 0);

/** Reads the line `Pss:  1234 kB`. @returns bytes */
const parsePss = (text: string): number | undefined => {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
};

/** Resident bytes of each group. Pages that processes of the group share are counted once for each of them. */
export const residentByGroup = (processes: readonly SystemProcess[]): Map<number, number> => {
  const groups = new Map<number, number>();
  for (const { group, resident } of processes) groups.set(group, (groups.get(group) ?? 0) + resident);
  return groups;
};

/** The processes whose environment sets `variable` to a path below `folder`, with what follows the folder. */
export const processesBelow = (variable: string, folder: string): { pid: number; rest: string }[] => {
  const prefix = `${variable}=${folder}/`;
  return processIds().flatMap((pid) => {
    const entry = readProcessFile(pid, "environ")
      .split("\0")
      .find((line) => line.startsWith(prefix));
    return entry === undefined ? [] : [{ pid, rest: entry.slice(prefix.length) }];
  });
};

/** Ends a process and the group that it leads, whatever of them is still there. */
export const killProcessAndGroup = (pid: number): void => {
  killGroup(pid, "SIGKILL");
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
};

/** Ends a whole group at once; one that is gone is not an error. */
export const killGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch {
    // It ended by itself.
  }
};

/** The ids of all processes; none where there is no `/proc`. */
export const processIds = (): number[] => {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
};

// Files of /proc never wait for a disk, and reading them asynchronously costs twenty times as much.
const buffer = Buffer.alloc(128 * 1024);

/** Reads the beginning of a file of `/proc/<pid>`; empty when the process has ended or is somebody else's. */
export const readProcessFile = (pid: number, name: string): string => {
  try {
    const file = openSync(`/proc/${pid}/${name}`, "r");
    try {
      return buffer.toString("latin1", 0, readSync(file, buffer));
    } finally {
      closeSync(file);
    }
  } catch {
    // It ended, or is somebody else's.
    return "";
  }
};
