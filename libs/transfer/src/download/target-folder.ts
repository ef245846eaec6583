import { lstat, mkdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { faultOfPath } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import { lockFolder } from "./folder-lock.ts";
import { openWrittenFiles, type WrittenFiles } from "./written-files.ts";

/** A download's own folder within its target: half-written files, what was written, and a lock. */
export const ownFolder = ".rollerblade-download";

/** A folder that one download at a time writes to, and nothing outside of it. */
export type TargetFolder = {
  /** Without symbolic links. */
  readonly root: string;
  /** What earlier downloads and this one wrote. */
  readonly written: WrittenFiles;
  /**
   * Where a place below the root is, with its folders made. @throws Problem `conflict`, `invalid` for a way out of the
   * root
   */
  locate(place: string): Promise<string>;
  /** Where half-written bytes lie; on the same file system as the root. */
  partOf(name: string): string;
  /**
   * Hands the folder back; half-written files stay unless all is `done`, so that the next download goes on with them.
   */
  close(done: boolean): Promise<void>;
};

/** Opens a folder, made if need be. @throws Problem `conflict` when another download writes to it */
export const openTargetFolder = async (directory: string): Promise<TargetFolder> => {
  await mkdir(directory, { recursive: true });
  const root = await realpath(directory);
  const own = join(root, ownFolder);
  await requireFolder(own, ownFolder);
  await requireFolder(join(own, "parts"), `${ownFolder}/parts`);
  const lock = await lockFolder(join(own, "lock"), root);
  const written = await openWrittenFiles(join(own, "written.jsonl"));
  const folders = new Map<string, Promise<void>>();
  return {
    root,
    written,
    partOf: (name) => join(own, "parts", name),
    locate: async (place) => {
      requirePlace(place);
      const segments = place.split("/");
      for (let depth = 1; depth < segments.length; depth++) {
        const folder = segments.slice(0, depth).join("/");
        const known = folders.get(folder) ?? requireFolder(join(root, folder), folder);
        folders.set(folder, known);
        await known;
      }
      return join(root, place);
    },
    close: async (done) => {
      await written.close();
      if (done) await rm(join(own, "parts"), { recursive: true, force: true });
      await lock.release();
    },
  };
};

/** Refuses paths of a server that lead outside of the folder, or into our own part of it. @throws Problem `invalid` */
const requirePlace = (place: string): void => {
  const [first = "", ...rest] = place.split("/");
  const isOwn = first.toLowerCase() === ownFolder;
  // A path may be as long as a dataset's paths are, below a folder of the dataset's name.
  const within = rest.length === 0 ? null : faultOfPath(rest.join("/"));
  const fault = isOwn ? "that is the download's own folder" : (faultOfPath(first) ?? within);
  if (fault !== null)
    throw new Problem({ code: "invalid", message: `A file cannot be written: ${fault}.`, subject: place });
};

/** Makes a folder; one that is reached by a link could lie anywhere. @throws Problem `conflict` */
const requireFolder = async (path: string, name: string): Promise<void> => {
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
    const is = await lstat(path);
    if (is.isDirectory()) return;
    throw new Problem({
      code: "conflict",
      message: `${name} is ${is.isSymbolicLink() ? "a link" : "a file"} where a folder is needed.`,
      subject: name,
      next: "Remove it, or choose another folder.",
    });
  });
};
