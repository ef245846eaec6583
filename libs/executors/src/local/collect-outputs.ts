import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { faultOfOutputs, type Manifest, outputFile } from "@rollerblade/analysis";
import type { ObjectStore } from "@rollerblade/object-store";
import type { ProducedOutput } from "../executor.ts";

/** Outputs that may not be taken, with the reason. */
export type Collected = { readonly outputs: readonly ProducedOutput[] } | { readonly fault: string };

/**
 * Checks what a command left in its folder and puts it below `prefix`. Only ordinary files that were declared are taken:
 * a link could lead anywhere, and a name with `..` cannot come out of a folder's list but is refused all the same.
 */
export const collectOutputs = async (
  objects: ObjectStore,
  manifest: Manifest,
  folder: string,
  prefix: string,
): Promise<Collected> => {
  const names = await readdir(folder);
  for (const name of names) {
    const fault = await faultOfFile(folder, name);
    if (fault !== undefined) return { fault };
  }
  const fault = faultOfOutputs(manifest, names);
  if (fault !== undefined) return { fault };
  const declared = manifest.outputs.filter((output) => names.includes(outputFile(output)));
  const outputs = await Promise.all(
    declared.map(async (output) => {
      const object = prefix + outputFile(output);
      return { name: output.name, object, ...(await store(objects, join(folder, outputFile(output)), object)) };
    }),
  );
  return { outputs };
};

const faultOfFile = async (folder: string, name: string): Promise<string | undefined> => {
  const stats = await lstat(join(folder, name));
  if (stats.isFile()) return faultOfEntry(name, "file");
  return faultOfEntry(name, stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : "other");
};

/** What is wrong with a thing in the folder of the outputs, whatever was declared. */
export const faultOfEntry = (name: string, kind: "file" | "link" | "folder" | "other"): string | undefined => {
  const shown = JSON.stringify(name);
  if (name.includes("/") || name.includes("\\") || name === "..") return `the output ${shown} leaves its folder`;
  if (kind === "file") return undefined;
  if (kind === "link") return `the output ${shown} is a symbolic link, and links are not taken`;
  if (kind === "folder") return `the output ${shown} is a folder; outputs lie directly in ROLLERBLADE_OUT`;
  return `the output ${shown} is neither a file nor anything that can be stored`;
};

const store = async (objects: ObjectStore, path: string, object: string): Promise<{ size: number; sha256: string }> => {
  // Not followed and not blocking: nothing may have put a link or a pipe there since we looked.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    return await objects.put(object, file.createReadStream({ autoClose: false }), { size, transient: true });
  } finally {
    await file.close();
  }
};
