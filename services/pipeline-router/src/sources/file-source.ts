import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { Problem } from "@rollerblade/errors";
import { watch } from "chokidar";
import type { Offered, PipelineSource } from "./pipeline-source.ts";

/** Bytes of a document, at most. */
const largestFile = 1024 * 1024;

/** Documents in a file, or in the `.yaml` files of a folder; each is called as its file without the ending. */
export const fileSource = (path: string, owner: string): PipelineSource => ({
  kind: "file",
  list: async () => {
    const files = await filesIn(resolve(path));
    return files && Promise.all(files.map((file) => read(file, owner)));
  },
  watch: async (changed, signal) => {
    // Editors write in several steps: a change counts when the file has been at rest for a moment.
    const watcher = watch(resolve(path), {
      ignoreInitial: true,
      depth: 0,
      awaitWriteFinish: { stabilityThreshold: 100, pollInterval: 25 },
    });
    watcher.on("all", changed).on("error", changed);
    signal.addEventListener("abort", () => void watcher.close(), { once: true });
  },
});

const filesIn = async (path: string): Promise<string[] | null> => {
  try {
    if ((await stat(path)).isFile()) return [path];
    const names = await readdir(path);
    return names
      .filter(isDocument)
      .sort()
      .map((name) => join(path, name));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new Problem(
      { code: "unavailable", message: `The pipeline file ${path} cannot be read.`, subject: path },
      { cause },
    );
  }
};

const isDocument = (name: string): boolean => !name.startsWith(".") && [".yaml", ".yml"].includes(extname(name));

const read = async (file: string, owner: string): Promise<Offered> => {
  const { size } = await stat(file);
  if (size > largestFile) {
    throw new Problem({ code: "too-large", message: `The pipeline file ${file} has ${size} bytes.`, subject: file });
  }
  const source = await readFile(file, "utf8");
  return { name: basename(file, extname(file)), source, origin: file, owner, stamp: "" };
};
