import { chmodSync, mkdirSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** The folders of one attempt on this machine. */
export type AttemptFolder = {
  /** UUID of the attempt. */
  readonly attempt: string;
  readonly root: string;
  readonly in: string;
  readonly out: string;
  /** Home and temporary files of a process. */
  readonly tmp: string;
};

/** Where an attempt has its files, whether they are there or not. */
export const attemptFolder = (scratch: string, attempt: string): AttemptFolder => {
  const root = join(scratch, attempt);
  return { attempt, root, in: join(root, "in"), out: join(root, "out"), tmp: join(root, "tmp") };
};

/**
 * Makes the folders. Only we may look into the root; below it a container may have a user of its own, who may write. The
 * scratch folder is on this machine, where asking for each step in turn is several times as fast as waiting for threads.
 */
export const makeAttemptFolder = (folder: AttemptFolder): void => {
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  mkdirSync(folder.in, 0o755);
  mkdirSync(folder.out);
  mkdirSync(folder.tmp, 0o700);
  chmodSync(folder.out, 0o777);
};

/** Removes everything of an attempt. An analysis may leave much behind, so this one waits its turn. */
export const removeAttemptFolder = (folder: AttemptFolder): Promise<void> =>
  rm(folder.root, { recursive: true, force: true, maxRetries: 3 });

/** The attempts that have folders here. */
export const attemptsWithFolders = async (scratch: string): Promise<string[]> =>
  readdir(scratch).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
