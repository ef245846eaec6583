import { chmodSync, type Dirent, mkdirSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptFile } from "@rollerblade/analysis";

/** The folders of one attempt on this machine. */
export type AttemptFolder = {
  /** UUID of the attempt. */
  readonly attempt: string;
  readonly root: string;
  readonly in: string;
  readonly out: string;
  /** Home and temporary files. */
  readonly tmp: string;
};

/** Where an attempt has its files, whether they are there or not. */
export const attemptFolder = (scratch: string, attempt: string): AttemptFolder => {
  const root = join(scratch, attempt);
  return { attempt, root, in: join(root, "in"), out: join(root, "out"), tmp: join(root, "tmp") };
};

/**
 * Makes the folders, below a scratch folder that is private (see `makePrivateFolder`). Only we may look into the root; below it a
 * container may have a user of its own, who may write. The scratch folder is on this machine, where asking for each step in turn is
 * several times as fast as waiting for threads.
 * @param trees folders below that of the outputs, which the command is to fill
 * @throws when something has the root's name already: nothing that we did not make is ever used
 */
export const makeAttemptFolder = (folder: AttemptFolder, trees: readonly string[] = []): void => {
  mkdirSync(folder.root, 0o700);
  mkdirSync(folder.in, 0o755);
  mkdirSync(folder.out);
  mkdirSync(folder.tmp);
  chmodSync(folder.out, 0o777);
  chmodSync(folder.tmp, 0o777);
  for (const tree of trees) {
    mkdirSync(join(folder.out, tree));
    chmodSync(join(folder.out, tree), 0o777);
  }
};

/** The place of a staged file on this machine. */
export const stagedAt = (
  folder: Pick<AttemptFolder, "in" | "out">,
  { path, root }: Pick<AttemptFile, "path" | "root">,
) => join(root === "out" ? folder.out : folder.in, path);

/**
 * Removes everything of an attempt. An analysis may leave much behind, so this one waits its turn; and it may leave folders that cannot be
 * written to (git-annex protects its objects so), which are made writable first.
 */
export const removeAttemptFolder = async (folder: AttemptFolder): Promise<void> => {
  const remove = (): Promise<void> => rm(folder.root, { recursive: true, force: true, maxRetries: 3 });
  try {
    await remove();
  } catch {
    await makeWritable(folder.root);
    await remove();
  }
};

/** Makes a folder and all that are below it writable to us; links are not followed. */
const makeWritable = async (folder: string): Promise<void> => {
  await chmod(folder, 0o700).catch(() => {});
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
};

/** The attempts that have folders here. */
export const attemptsWithFolders = async (scratch: string): Promise<string[]> =>
  readdir(scratch).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
