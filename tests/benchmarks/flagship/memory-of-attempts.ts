import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks; the networks hold their largest layers for about a second. */
const intervalMs = 250;

const pageBytes = 4096;

/** The most memory that one attempt of each analysis held at once, in bytes. */
export type MemoryWatch = { readonly peaks: ReadonlyMap<string, number>; stop(): Promise<void> };

/**
 * Looks at the processes of attempts in Linux' `/proc`: an attempt is a process group whose members run in the folder of its code. A page
 * that two members share counts twice, so a peak is never too low because of that.
 * @param folder that the folders of the analyses lie in
 */
export const watchMemory = (folder: string): MemoryWatch => {
  const peaks = new Map<string, number>();
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      for (const { analysis, bytes } of await attemptsIn(folder))
        peaks.set(analysis, Math.max(peaks.get(analysis) ?? 0, bytes));
      await sleep(intervalMs);
    }
  })();
  return {
    peaks,
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
};

const attemptsIn = async (folder: string): Promise<readonly { analysis: string; bytes: number }[]> => {
  const groups = new Map<string, { analysis: string; bytes: number }>();
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const one of await Promise.all(processes.map((pid) => lookAt(pid, folder)))) {
    if (one === null) continue;
    groups.set(one.group, { analysis: one.analysis, bytes: one.bytes + (groups.get(one.group)?.bytes ?? 0) });
  }
  return [...groups.values()];
};

/** Null for a process that is no attempt's, or has ended meanwhile. */
const lookAt = async (pid: string, folder: string) => {
  try {
    const cwd = await readlink(`/proc/${pid}/cwd`);
    if (!cwd.startsWith(`${folder}/`)) return null;
    const [stat, statm] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/statm`, "utf8"),
    ]);
    // After the name in brackets, which may hold spaces: state, parent, process group.
    const group = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2] ?? pid;
    return { group, analysis: basename(cwd), bytes: Number(statm.split(" ")[1]) * pageBytes };
  } catch {
    return null;
  }
};
