import { readdir, readFile } from "node:fs/promises";

/** A process of the machine with its command line. */
type Process = { readonly pid: number; readonly command: string };

const processes = async (): Promise<readonly Process[]> => {
  const entries = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = entries.map(async (name) => {
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    return { pid: Number(name), command: command.replaceAll("\0", " ") };
  });
  return (await Promise.all(found)).filter(({ command }) => command !== "");
};

/** The servers of a world, recognised by its folder in their command lines. */
export const serverOf = async (kind: "nats-server" | "postgres", folder: string): Promise<number | undefined> => {
  const own = (await processes()).filter(({ command }) => command.includes(folder));
  return own.find(({ command }) => command.split(" ")[0]?.endsWith(kind))?.pid;
};

/** Kills without a word; tells whether there was something to kill. */
export const killNow = (pid: number | undefined): boolean => {
  if (pid === undefined) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
};
