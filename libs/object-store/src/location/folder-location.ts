import { existsSync } from "node:fs";
import { constants, open, realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Problem } from "@rollerblade/errors";
import { checkKey } from "../object-key.ts";
import { noSuchObject, noSuchRange } from "../object-problems.ts";
import { order } from "./folder-workers.ts";
import { inspectFiles } from "./inspect-files.ts";
import type { FollowedLinks } from "./list-folder.ts";
import type { Location } from "./location.ts";

let lists = 0;

/** A folder that is not ours. */
export const folderLocation = (address: string, links: FollowedLinks): Location => {
  const folder = resolve(fileURLToPath(address));
  const root = (): Promise<string> =>
    realpath(folder).catch((cause: unknown) => Promise.reject(noFolder(folder, cause)));
  const placeOf = async (path: string): Promise<string | null> => {
    const top = await root();
    const real = await realpath(`${top}/${checkKey(path)}`).catch(() => null);
    return links === "anywhere" || real?.startsWith(top + sep) === true ? real : null;
  };
  return {
    address: pathToFileURL(folder).href,

    async *list(closed) {
      const top = await root();
      if (!(await stat(top)).isDirectory()) throw noFolder(folder, undefined);
      const list = ++lists;
      try {
        for (;;) {
          const answer = await order({ kind: "list", root: top, closed, links, list }, list);
          if ("error" in answer) throw noFolder(folder, new Error(answer.error));
          if (!("page" in answer) || answer.page === null) return;
          yield answer.page;
        }
      } finally {
        await order({ kind: "stop", list }, list);
      }
    },

    inspect: async (requests, signal) => inspectFiles(await root(), links, requests, signal),

    async get(path, { range, signal } = {}) {
      const place = await placeOf(path);
      if (place === null) throw noSuchObject(path);
      const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = await file.stat();
      const isBehind = range !== undefined && range.start >= stats.size;
      if (stats.isFile() && !isBehind)
        return file.createReadStream({
          highWaterMark: 256 * 1024,
          start: range?.start ?? 0,
          ...(range?.end === undefined ? {} : { end: range.end }),
          ...(signal === undefined ? {} : { signal }),
        });
      await file.close();
      throw isBehind ? noSuchRange(path, stats.size) : noSuchObject(path);
    },

    async head(path) {
      const place = await placeOf(path);
      const stats = place === null ? null : await stat(place).catch(() => null);
      return stats?.isFile() === true ? { size: stats.size, modified: stats.mtime } : null;
    },

    presignGet: async () => null,
  };
};

const noFolder = (folder: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "not-found",
      message: existsSync(folder) ? `${folder} is a file, and a folder is needed.` : `There is no folder ${folder}.`,
      subject: folder,
      next: "Give the folder that holds dataset_description.json.",
    },
    { cause },
  );
