import type { DatasetTree } from "../dataset-tree.ts";
import { emptyTree } from "./empty-tree.ts";

/** Makes a dataset from the contents of its files, for tests. */
export const memoryTree = (files: Readonly<Record<string, string | Uint8Array>>): DatasetTree => {
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  return {
    ...emptyTree([...contents.keys()]),
    read: (path) => {
      const bytes = contents.get(path);
      return bytes === undefined ? { ok: false, rule: "unreadable", message: "is not there" } : { ok: true, bytes };
    },
    head: (path, most) => {
      const bytes = contents.get(path);
      return bytes === undefined
        ? { ok: false, rule: "unreadable", message: "is not there" }
        : { ok: true, bytes: bytes.subarray(0, most), size: bytes.length, tail: bytes.subarray(-8) };
    },
  };
};
