import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the servers of a world write their process ids. */
const pidFiles = { "nats-server": "nats/nats.pid", postgres: "postgres/data/postmaster.pid" } as const;

/** The process of a world's server, or null while there is none. */
export const serverOf = async (kind: keyof typeof pidFiles, folder: string): Promise<number | null> => {
  const text = await readFile(join(folder, ".rollerblade", pidFiles[kind]), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return pid > 1 && (await isServer(kind, pid)) ? pid : null;
};

/** A file may have outlived its process, whose number somebody else may have by now. */
const isServer = async (kind: string, pid: number): Promise<boolean> => {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.split("\0")[0]?.includes(kind) === true;
};

/** Kills without a word; tells whether there was something to kill. */
export const killNow = (pid: number | null | undefined): boolean => {
  if (pid === null || pid === undefined) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
};
