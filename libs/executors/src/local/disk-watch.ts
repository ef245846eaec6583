import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Milliseconds until the first look, and between two looks at least; a look may take a fiftieth of the time at most. */
const minIntervalMs = 1_000;
const share = 50;

/** Bytes of a block in which `stat` counts (`st_blocks`, stat(2)), whatever the file system's own are. */
const blockBytes = 512;

/** Watches what a command writes. */
export type DiskWatch = {
  /** Bytes that were found when they were too many; null while they are not. */
  readonly exceeded: () => number | null;
  readonly stop: () => void;
};

/**
 * Looks from time to time how much of the disk some folders take, and calls `end` once when it is more than so many bytes. What is
 * written within the first second by a command that ends in it is not looked at.
 */
export const watchDisk = (folders: readonly string[], bytes: number, end: () => void): DiskWatch => {
  let found: number | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const begin = performance.now();
    const used = await usedBytes(folders);
    if (stopped) return;
    if (used > bytes) {
      found = used;
      end();
      return;
    }
    schedule(Math.max(minIntervalMs, share * (performance.now() - begin)));
  };
  const schedule = (delayMs: number): void => {
    timer = setTimeout(() => void look(), delayMs);
    timer.unref();
  };
  schedule(minIntervalMs);
  return {
    exceeded: () => found,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

/** The bytes that all below some folders takes on the disk: a hole in a file takes none, and a second name of a file nothing more. */
export const usedBytes = async (folders: readonly string[]): Promise<number> => {
  const counted = new Set<string>();
  let blocks = 0;
  const visit = async (folder: string): Promise<void> => {
    // What goes away while it is looked at takes nothing any more; what cannot be read was made so by the command, and is not counted.
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path);
      const stats = await lstat(path).catch(() => null);
      if (stats === null || (stats.nlink > 1 && counted.has(`${stats.dev} ${stats.ino}`))) continue;
      if (stats.nlink > 1) counted.add(`${stats.dev} ${stats.ino}`);
      blocks += stats.blocks;
    }
  };
  for (const folder of folders) await visit(folder);
  return blocks * blockBytes;
};
