import { readdir, readFile } from "node:fs/promises";

/** Bytes of a page; Linux counts resident memory in pages. */
const pageSize = 4096;

/** One process as the system sees it. */
export type SystemProcess = { readonly pid: number; readonly group: number /** Bytes. */; readonly resident: number };

/** All processes of this machine, from `/proc`; none where there is no `/proc`. */
export const listProcesses = async (): Promise<SystemProcess[]> => {
  const entries = await readdir("/proc").catch(() => []);
  const processes = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(readStat));
  return processes.filter((process) => process !== undefined);
};

const readStat = async (pid: string): Promise<SystemProcess | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseStat(text);
};

/** Reads `/proc/<pid>/stat` (proc_pid_stat(5)); the name in parentheses may hold anything, a `)` too. */
export const parseStat = (text: string): SystemProcess | undefined => {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Counted from the field after the name: 0 state, 1 ppid, 2 pgrp, … 21 rss.
  const group = Number(fields[2]);
  const resident = Number(fields[21]) * pageSize;
  return Number.isNaN(pid + group + resident) ? undefined : { pid, group, resident };
};

/** Resident bytes of each group. */
export const residentByGroup = (processes: readonly SystemProcess[]): Map<number, number> => {
  const groups = new Map<number, number>();
  for (const { group, resident } of processes) groups.set(group, (groups.get(group) ?? 0) + resident);
  return groups;
};

/** The processes whose environment sets `variable` to a path below `folder`, with what follows the folder. */
export const processesBelow = async (variable: string, folder: string): Promise<{ pid: number; rest: string }[]> => {
  const entries = await readdir("/proc").catch(() => []);
  const found = await Promise.all(
    entries
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        const entry = environment.split("\0").find((line) => line.startsWith(`${variable}=${folder}/`));
        return entry === undefined
          ? undefined
          : { pid: Number(pid), rest: entry.slice(variable.length + folder.length + 2) };
      }),
  );
  return found.filter((process) => process !== undefined);
};

/** Ends a whole group at once; one that is gone is no error. */
export const killGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch {
    // It ended by itself.
  }
};
