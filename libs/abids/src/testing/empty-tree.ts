import type { DatasetTree } from "../dataset-tree.ts";

/** Makes a dataset of empty files from their paths, for tests. */
export const emptyTree = (paths: readonly string[]): DatasetTree => ({
  list: (folder) => {
    const prefix = folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
    const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split("/"));
    const kinds = new Map(below.map(([name = "", ...rest]) => [name, rest.length > 0] as const));
    return [...kinds].map(([name, isFolder]) => ({ name, kind: isFolder ? "folder" : "file" }));
  },
  read: () => ({ ok: true, bytes: new Uint8Array() }),
  head: () => ({ ok: true, bytes: new Uint8Array(), size: 0, tail: new Uint8Array() }),
  has: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
});
