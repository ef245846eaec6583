import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Seconds of processor that the programs below a folder have used so far. */
export type ProcessorTime = { readonly server: number; readonly postgres: number };

/** Ticks in a second (`sysconf(_SC_CLK_TCK)`), 100 on every architecture that Node runs on. */
const ticks = 100;

/**
 * Adds up what the processes use whose working folder is below `folder`, with their children that have ended: PostgreSQL, which works
 * in its data folder, and everything else but NATS (the server, and the programs that it started).
 */
export const processorTime = (folder: string): ProcessorTime => {
  let [server, postgres] = [0, 0];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const { name, seconds } = processBelow(pid, folder) ?? { name: "", seconds: 0 };
    if (name === "postgres") postgres += seconds;
    else if (name !== "nats-server") server += seconds;
  }
  return { server, postgres };
};

/** The name and the time of a process, by proc_pid_stat(5); nothing when it works elsewhere or has ended. */
const processBelow = (pid: string, folder: string): { name: string; seconds: number } | undefined => {
  try {
    if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`) && readlinkSync(`/proc/${pid}/cwd`) !== folder)
      return;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    // Counted from the field after the name: 11 utime, 12 stime, 13 cutime, 14 cstime.
    const times = stat
      .slice(end + 2)
      .split(" ")
      .slice(11, 15)
      .map(Number);
    return {
      name: stat.slice(stat.indexOf("(") + 1, end),
      seconds: times.reduce((sum, time) => sum + time, 0) / ticks,
    };
  } catch {
    return;
  }
};
