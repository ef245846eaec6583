import { randomUUID } from "node:crypto";
import { constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolderFor, requireOwnName, temporaryName } from "./folder-paths.ts";

/** Half-written files of processes that were killed are dropped after a day. */
const forgottenAfter = 24 * 3600 * 1000;

/**
 * Fills a file under a temporary name, syncs it, and only then gives it its own: a crash at any line leaves the old file or
 * the new one. When filling fails, for lack of space too, nothing stays.
 */
export const writeAtomically = async (
  root: string,
  path: string,
  fill: (temporary: string, file: FileHandle) => Promise<void>,
): Promise<void> => {
  const temporary = join(await temporaryFolder(root), randomUUID());
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await fill(temporary, file);
      await file.sync();
    } finally {
      await file.close();
    }
    await moveInto(root, temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
};

/** A delete may take the empty folder away between the two steps: then once more. */
const moveInto = async (root: string, temporary: string, path: string): Promise<void> => {
  for (let attempt = 0; ; attempt++) {
    try {
      await makeFolderFor(root, path);
      await requireOwnName(path);
      return await rename(temporary, path);
    } catch (error) {
      const vanished = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!vanished || attempt === 10) throw error;
    }
  }
};

const syncFolder = async (path: string): Promise<void> => {
  // The folder may be gone already, with all that was in it.
  const folder = await open(path, constants.O_RDONLY).catch(() => null);
  await folder?.sync().finally(() => folder.close());
};

const swept = new Set<string>();

const temporaryFolder = async (root: string): Promise<string> => {
  const folder = join(root, temporaryName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!swept.has(folder)) {
    swept.add(folder);
    await sweep(folder);
  }
  return folder;
};

const sweep = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const age = Date.now() - (await stat(join(folder, name)).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > forgottenAfter) await rm(join(folder, name), { force: true });
  }
};
