import { randomUUID } from "node:crypto";
import { constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolderFor, requireOwnName, temporaryName } from "./folder-paths.ts";

/** Half-written files of processes that were killed are dropped after a day. */
const forgottenAfter = 24 * 3600 * 1000;

/** Writes a file: under which root, at which path, and whether a loss of power may take it. */
export type Write = { readonly root: string; readonly path: string; readonly transient: boolean };

/**
 * Fills a file under a temporary name, syncs it, and only then gives it its own: a crash at any line leaves the old file or
 * the new one. When filling fails, for lack of space too, nothing stays.
 */
export const writeAtomically = async (
  { root, path, transient }: Write,
  fill: (temporary: string, file: FileHandle) => Promise<void>,
): Promise<void> => {
  const { temporary, file } = await openTemporary(root);
  try {
    try {
      await fill(temporary, file);
      if (!transient) await file.sync();
    } finally {
      await file.close();
    }
    await moveInto(root, temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (!transient) await syncFolder(dirname(path));
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

/** The folder is made once, and again should somebody have taken it away. */
const openTemporary = async (root: string): Promise<{ readonly temporary: string; readonly file: FileHandle }> => {
  const folder = join(root, temporaryName);
  const temporary = join(folder, randomUUID());
  const there = swept.has(folder) ? await open(temporary, "wx", 0o600).catch(() => null) : null;
  if (there !== null) return { temporary, file: there };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  swept.add(folder);
  await sweep(folder);
  return { temporary, file: await open(temporary, "wx", 0o600) };
};

const sweep = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const age = Date.now() - (await stat(join(folder, name)).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > forgottenAfter) await rm(join(folder, name), { force: true });
  }
};
