import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Problem } from "@rollerblade/errors";

/** A folder that belongs to this process until it is released or the process is gone. */
export type FolderLock = { release(): void };

/**
 * Takes the folder for this process alone. The lock is SQLite's own on an empty database file, so the kernel drops it
 * with the process, however that ended: there is no stale lock to clean up.
 * @throws Problem `conflict` when another process has it.
 */
export const lockFolder = async (folder: string): Promise<FolderLock> => {
  const database = new DatabaseSync(join(folder, "lock"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw isBusy(cause) ? await taken(folder, cause) : cause;
  }
  await writeFile(join(folder, "owner"), `${process.pid}\n`);
  return { release: () => database.close() };
};

/** SQLITE_BUSY: somebody else has the lock. Another error is one of the disk. */
const isBusy = (cause: unknown): boolean => cause instanceof Error && "errcode" in cause && cause.errcode === 5;

const taken = async (folder: string, cause: unknown): Promise<Problem> => {
  const owner = await readFile(join(folder, "owner"), "utf8").catch(() => "");
  const who = owner.trim() === "" ? "Another process" : `Process ${owner.trim()}`;
  return new Problem(
    {
      code: "conflict",
      message: `${who} already runs Rollerblade in ${folder}.`,
      subject: folder,
      next: "Use that one, stop it, or start another one in another folder (or set ROLLERBLADE_FOLDER).",
    },
    { cause },
  );
};
