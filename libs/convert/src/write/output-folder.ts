import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { lockFolder } from "@rollerblade/transfer/folder-lock";
import { type ConversionState, openState, type WrittenFile, type WrittenUnit } from "./conversion-state.ts";

/** The part of a dataset's folder that belongs to conversions; a name with a dot is no part of BIDS. */
const ownFolder = ".rollerblade-convert";

/** A folder that one conversion at a time writes to. */
export type OutputFolder = {
  readonly root: string;
  readonly state: ConversionState;
  /** Whether everything that was written for a target with this key is there as it was written. */
  readonly isDone: (target: string, key: string) => Promise<boolean>;
  /** Looks before anything is written whether files of somebody else are in the way. @throws Problem `conflict` */
  readonly requireFree: (paths: readonly string[]) => Promise<void>;
  /**
   * Writes the files of one target, each whole or not at all, and remembers them. @throws Problem `conflict` for a file that
   * no conversion wrote, or that somebody changed
   */
  readonly write: (target: string, key: string, files: ReadonlyMap<string, Buffer>) => Promise<void>;
  /** Removes what was written for a target, unless somebody changed it. */
  readonly remove: (unit: WrittenUnit) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens a folder, made if need be. @throws Problem `conflict` where another conversion writes to it */
export const openOutput = async (directory: string): Promise<OutputFolder> => {
  await mkdir(directory, { recursive: true });
  const root = await realpath(directory);
  const own = join(root, ownFolder);
  await mkdir(own, { recursive: true });
  const lock = await lockFolder(join(own, "lock"), root, "conversion");
  // What an earlier conversion had begun when it was killed.
  await rm(join(own, "parts"), { recursive: true, force: true });
  await mkdir(join(own, "parts"));
  const state = await openState(join(own, "state.jsonl"));
  const ownerOf = new Map<string, WrittenFile>();
  for (const { files } of state.units()) for (const file of files) ownerOf.set(file.path, file);
  return {
    root,
    state,
    isDone: async (target, key) => {
      const unit = state.unitOf(target);
      if (unit === undefined || unit.key !== key) return false;
      return (await Promise.all(unit.files.map((file) => isAsWritten(root, file)))).every(Boolean);
    },
    requireFree: async (paths) => {
      for (const path of paths)
        if (!ownerOf.has(path) && !state.isBegun(path) && !(await isAbsent(join(root, path))))
          throw inTheWay(path, "no conversion wrote it");
    },
    write: async (target, key, files) => {
      const written: WrittenFile[] = [];
      const unknown = [...files.keys()].filter((path) => !ownerOf.has(path));
      const left = new Set(unknown.filter(state.isBegun));
      // What is there already was made by somebody else, or is what would be written.
      const absent = await Promise.all(unknown.map((path) => isAbsent(join(root, path))));
      await state.begin(unknown.filter((_, index) => absent[index] === true));
      for (const [path, bytes] of files)
        written.push(await place(root, own, path, bytes, ownerOf.get(path), left.has(path)));
      const before = state.unitOf(target)?.files ?? [];
      for (const file of before)
        if (!files.has(file.path) && (await isAsWritten(root, file))) await rm(join(root, file.path));
      for (const file of written) ownerOf.set(file.path, file);
      await state.add({ target, key, files: written });
    },
    remove: async ({ target, files }) => {
      for (const file of files) {
        if (!(await isAsWritten(root, file))) continue;
        await rm(join(root, file.path));
        await removeEmpty(root, dirname(file.path));
      }
      await state.remove(target);
    },
    close: async () => {
      await state.close();
      await rm(join(own, "parts"), { recursive: true, force: true });
      await lock.release();
    },
  };
};

const isAbsent = (path: string): Promise<boolean> =>
  stat(path).then(
    () => false,
    () => true,
  );

const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const isAsWritten = async (root: string, { path, size, mtimeMs, sha256 }: WrittenFile): Promise<boolean> => {
  const is = await stat(join(root, path)).catch(() => null);
  if (is === null || is.size !== size) return false;
  return is.mtimeMs === mtimeMs || hashOf(await readFile(join(root, path))) === sha256;
};

const place = async (
  root: string,
  own: string,
  path: string,
  bytes: Buffer,
  known: WrittenFile | undefined,
  isLeft: boolean,
): Promise<WrittenFile> => {
  const [target, sha256] = [join(root, path), hashOf(bytes)];
  const present = await readFile(target).catch(() => null);
  const isOther = present !== null && ![sha256, known?.sha256].includes(hashOf(present));
  if (isOther && !isLeft)
    throw inTheWay(path, known === undefined ? "no conversion wrote it" : "somebody changed it since it was written");
  if (present === null || hashOf(present) !== sha256) {
    const part = join(own, "parts", randomUUID());
    await writeFile(part, bytes);
    await mkdir(dirname(target), { recursive: true });
    await rename(part, target);
  }
  const { size, mtimeMs } = await stat(target);
  return { path, sha256, size, mtimeMs };
};

const inTheWay = (path: string, why: string): Problem =>
  new Problem({
    code: "conflict",
    message: `${path} already exists, and ${why}.`,
    subject: path,
    next: "Move it away, or convert to another folder.",
  });

/** Removes folders that nothing is left in, upwards to the root. */
const removeEmpty = async (root: string, folder: string): Promise<void> => {
  for (let at = folder; at !== "." && at !== ""; at = dirname(at)) {
    const isGone = await rmdir(join(root, at)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
};
