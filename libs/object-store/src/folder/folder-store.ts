import { constants, copyFile, type FileHandle, lstat, mkdir, open, realpath, rmdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "@rollerblade/errors";
import { hashChunks } from "../hashed-chunks.ts";
import { headEach } from "../head-each.ts";
import { inspectFiles } from "../location/inspect-files.ts";
import { checkPrefix } from "../object-key.ts";
import { type LinkMethod, signLink } from "../object-link.ts";
import { noSuchObject, noSuchRange, storeFailed } from "../object-problems.ts";
import { defaultExpiry, type ObjectHead, type ObjectStore } from "../object-store.ts";
import { nameTaken, pathOf, requireInside } from "./folder-paths.ts";
import { walkFolder } from "./walk-folder.ts";
import { writeAtomically } from "./write-atomically.ts";

/** A folder, and how its links are made. */
export type FolderStoreOptions = {
  readonly folder: string;
  /** Where people reach the gateway, which serves the links. */
  readonly publicUrl: string;
  readonly secret: string;
};

/** Objects as files of a folder: the key is the path. */
export const folderStore = ({ folder, publicUrl, secret }: FolderStoreOptions): ObjectStore => {
  let opened: Promise<string> | undefined;
  const root = (): Promise<string> => {
    opened ??= mkdir(folder, { recursive: true, mode: 0o700 }).then(() => realpath(folder));
    return opened;
  };
  const link = (method: LinkMethod, key: string, seconds = defaultExpiry, filename = ""): string => {
    pathOf(folder, key);
    const expires = Math.floor(Date.now() / 1000) + seconds;
    return signLink({ method, key, expires, filename }, publicUrl, secret);
  };

  return {
    async put(key, body, options = {}) {
      const path = pathOf(await root(), key);
      const hashed = hashChunks(key, body, options);
      const write = { root: await root(), path, transient: options.transient ?? false };
      await writeAtomically(write, async (_temporary, file) => {
        await pipeline(hashed.chunks, writableOf(file), options.signal === undefined ? {} : { signal: options.signal });
        hashed.result();
      }).catch(explain("write", key));
      return hashed.result();
    },

    async get(key, { range, signal } = {}) {
      const file = await openFile(await root(), key);
      if (file === null) throw noSuchObject(key);
      const { size } = file;
      if (range !== undefined && range.start >= size) {
        await file.handle.close();
        throw noSuchRange(key, size);
      }
      return streamOf(file.handle, range, signal);
    },

    async inspect(requests, signal) {
      const top = await root();
      const places = requests.map(({ key, ...rest }) => ({ path: pathOf(top, key).slice(top.length + 1), ...rest }));
      return (await inspectFiles(top, "never", places, signal)).map((one, index) => {
        if (!("fault" in one)) return one;
        if (one.missing) return null;
        throw storeFailed("read", requests[index]?.key ?? "", new Error(one.fault));
      });
    },

    head: async (key) => headOf(await root(), key),
    heads: (keys) => headEach(async (key) => headOf(await root(), key), keys),

    async *list(prefix) {
      yield* walkFolder(await root(), checkPrefix(prefix));
    },

    async delete(keys) {
      for (const key of keys) await deleteFile(await root(), pathOf(await root(), key)).catch(explain("delete", key));
    },

    async copy(from, to) {
      const head = await headOf(await root(), from);
      if (head === null) throw noSuchObject(from);
      if (from === to) return head.modified;
      const [origin, target] = [pathOf(await root(), from), pathOf(await root(), to)];
      await writeAtomically({ root: await root(), path: target, transient: false }, (temporary) =>
        // Shares the blocks where the file system can; never a hard link, since a person may edit the files.
        copyFile(origin, temporary, constants.COPYFILE_FICLONE),
      ).catch(explain("copy", from));
      const copied = await headOf(await root(), to);
      if (copied === null) throw noSuchObject(to);
      return copied.modified;
    },

    presignGet: async (key, options = {}) => link("GET", key, options.expires, options.filename),
    presignPut: async (key, options = {}) => link("PUT", key, options.expires),
  };
};

const writableOf = (file: FileHandle): Writable =>
  new Writable({
    highWaterMark: 2 ** 20,
    async write(chunk: Uint8Array, _encoding, done) {
      try {
        for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten;
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });

const streamOf = (
  file: FileHandle,
  range: { start: number; end?: number | undefined } | undefined,
  signal: AbortSignal | undefined,
): Readable =>
  file.createReadStream({
    highWaterMark: 256 * 1024,
    start: range?.start ?? 0,
    ...(range?.end === undefined ? {} : { end: range.end }),
    ...(signal === undefined ? {} : { signal }),
  });

type OpenFile = { readonly handle: FileHandle; readonly size: number };

/** Looks at an ordinary file of that very name without opening it. */
const headOf = async (root: string, key: string): Promise<ObjectHead | null> => {
  const path = pathOf(root, key);
  try {
    await requireInside(root, path);
    const stats = await lstat(path);
    return stats.isFile() ? { size: stats.size, modified: stats.mtime } : null;
  } catch (error) {
    return isAbsent(error) ? null : explain("read", key)(error);
  }
};

/** An ordinary file of that very name, or null. A pipe must not block us and a link must not lead us. */
const openFile = async (root: string, key: string): Promise<OpenFile | null> => {
  const path = pathOf(root, key);
  try {
    await requireInside(root, path);
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, size: stats.size };
    await handle.close();
    return null;
  } catch (error) {
    if (isAbsent(error)) return null;
    return explain("read", key)(error);
  }
};

/** Takes the empty folders above away with the last file, so that a deleted dataset leaves nothing. */
const deleteFile = async (root: string, path: string): Promise<void> => {
  try {
    await requireInside(root, path);
    await unlink(path);
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) await rmdir(folder);
  } catch (error) {
    if (!isAbsent(error) && !hasCode(error, "ENOTEMPTY", "EEXIST", "EISDIR", "EPERM")) throw error;
  }
};

const isAbsent = (error: unknown): boolean => hasCode(error, "ENOENT", "ENOTDIR", "ELOOP", "ENXIO");

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

const explain =
  (what: string, key: string) =>
  (error: unknown): never => {
    if (error instanceof Problem || (error instanceof Error && error.name === "AbortError")) throw error;
    if (hasCode(error, "EISDIR", "ENOTDIR", "ENOTEMPTY")) throw nameTaken(key, error);
    throw storeFailed(what, key, error);
  };
