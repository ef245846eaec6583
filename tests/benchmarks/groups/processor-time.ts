import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Seconds of processor that the programs of a world have used so far. */
export type ProcessorTime = { readonly server: number; readonly postgres: number };

/** Ticks in a second (`sysconf(_SC_CLK_TCK)`), 100 on every architecture that Node runs on. */
const ticks = 100;

/**
 * Adds up what the processes of a world use, with their children that have ended: PostgreSQL, which works in its data folder, and those
 * that work in the world's folder but NATS (the server, and the programs that it started).
 * @param embedded where in the world's folder the servers have theirs
 */
export const processorTime = (folder: string, embedded = ".rollerblade"): ProcessorTime => {
  // As root, PostgreSQL has an account and a folder of its own, to which a link leads.
  const folders = [folder, realpathSync(join(folder, embedded, "postgres"))];
  let [server, postgres] = [0, 0];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const { name, seconds } = processBelow(pid, folders) ?? { name: "", seconds: 0 };
    if (name === "postgres") postgres += seconds;
    else if (name !== "nats-server") server += seconds;
  }
  return { server, postgres };
};

/** The name and the time of a process, by proc_pid_stat(5); nothing when it works elsewhere or has ended. */
const processBelow = (pid: string, folders: readonly string[]): { name: string; seconds: number } | undefined => {
  try {
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    if (!folders.some((folder) => `${cwd}/`.startsWith(`${folder}/`))) return;
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
