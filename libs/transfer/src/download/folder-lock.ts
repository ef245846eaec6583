import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { Problem } from "@rollerblade/errors";

/** A folder that belongs to this process for now. */
export type FolderLock = { release(): Promise<void> };

/**
 * Takes a lock file; one that a process of this machine left behind when it died is taken over. `writer`: what is being done, for the
 * message to others.
 * @throws Problem `conflict` when its process lives, or may live on another machine
 */
export const lockFolder = async (path: string, folder: string, writer = "download"): Promise<FolderLock> => {
  const mine = JSON.stringify({ host: hostname(), pid: process.pid });
  for (;;) {
    try {
      await writeFile(path, mine, { flag: "wx" });
      heldHere.add(path);
      return { release: () => release(path) };
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const owner = await ownerOf(path);
    if (owner !== null && lives(owner, path)) throw inUse(folder, path, owner, writer);
    await rm(path, { force: true });
  }
};

type Owner = { readonly host: string; readonly pid: number };

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST";

/** Null for a lock that nobody finished writing. */
const ownerOf = async (path: string): Promise<Owner | null> => {
  try {
    const { host, pid }: Partial<Owner> = JSON.parse(await readFile(path, "utf8"));
    return typeof host === "string" && typeof pid === "number" ? { host, pid } : null;
  } catch {
    return null;
  }
};

const release = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  heldHere.delete(path);
};

const lives = ({ host, pid }: Owner, path: string): boolean => {
  if (host !== hostname()) return true;
  if (pid === process.pid) return heldHere.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

// A process that got the number of one that died finds its own number in that one's lock.
const heldHere = new Set<string>();

const inUse = (folder: string, path: string, { host, pid }: Owner, writer: string): Problem =>
  new Problem({
    code: "conflict",
    message: `Another ${writer} writes to ${folder} (process ${pid} of ${host}).`,
    subject: folder,
    next: `Wait until it has ended, or choose another folder. If there is no such process, delete ${path}.`,
  });
