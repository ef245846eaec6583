import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@rollerblade/abids";
import { faultOfContent } from "@rollerblade/abids/file-content";
import {
  faultOfContents,
  faultOfOutputs,
  formatBytes,
  type LeftFile,
  type Manifest,
  maxSidecarBytes,
  type OutputDeclaration,
  outputFile,
  readSidecarFields,
  sidecarFile,
} from "@rollerblade/analysis";
import type { ObjectStore } from "@rollerblade/object-store";
import type { ProducedOutput } from "../executor.ts";
import type { AttemptFolder } from "./attempt-folder.ts";

/** Outputs that may not be taken, with the reason. */
export type Collected = { readonly outputs: readonly ProducedOutput[] } | { readonly fault: string };

/** What stands under a name in the folder of the outputs. */
export type EntryKind = "file" | "link" | "hard-link" | "folder" | "other";

/**
 * Checks what a command left in its folder and puts it below `prefix`. Only ordinary files that were declared are taken:
 * a link could lead anywhere, and a name with `..` cannot come out of a folder's list but is refused all the same.
 */
export const collectOutputs = async (
  objects: Pick<ObjectStore, "put">,
  manifest: Manifest,
  folder: AttemptFolder,
  prefix: string,
): Promise<Collected> => {
  const out = await openFolder(folder.out);
  if (out === null) return { fault: "the folder ROLLERBLADE_OUT is not there any more, or was replaced by a link" };
  try {
    const names = await readdir(out.path);
    for (const name of names) {
      const fault = faultOfEntry(name, await kindOf(folder, await lstat(join(out.path, name))));
      if (fault !== undefined) return { fault };
    }
    const fault = faultOfOutputs(manifest, names);
    if (fault !== undefined) return { fault };
    const sizes = await Promise.all(names.map(async (name) => (await lstat(join(out.path, name))).size));
    const tooLarge = faultOfSizes(manifest, sizes);
    if (tooLarge !== undefined) return { fault: tooLarge };
    const declared = manifest.outputs.filter((output) => names.includes(outputFile(output)));
    const files = await Promise.all(declared.map((output) => openOutput(out.path, output)));
    try {
      const bad = faultOfContents(manifest, await Promise.all(files.map(leftFile)));
      if (bad !== undefined) return { fault: bad };
      const fields = await readFields(out.path, names, declared);
      if (typeof fields === "string") return { fault: fields };
      return { outputs: await Promise.all(files.map((file) => store(objects, file, prefix, fields))) };
    } finally {
      await Promise.all(files.map(({ handle }) => handle.close()));
    }
  } finally {
    await out.handle.close();
  }
};

/**
 * Opens the folder itself and no link in its place. The path that is returned leads to this very folder on Linux, whatever
 * stands under its name meanwhile (`/proc/self/fd`, proc_pid_fd(5)).
 */
const openFolder = async (path: string): Promise<{ readonly handle: FileHandle; readonly path: string } | null> => {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    return { handle, path: process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : path };
  } catch (error) {
    // A link is ELOOP or ENOTDIR (open(2) with O_DIRECTORY), something else than a folder ENOTDIR.
    if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "ELOOP"].includes(String(error.code)))
      return null;
    throw error;
  }
};

const kindOf = async (folder: AttemptFolder, stats: Stats): Promise<EntryKind> => {
  if (stats.isFile()) return stats.nlink === 1 || (await allOfAttempt(folder, stats)) ? "file" : "hard-link";
  return stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : "other";
};

/** Whether all names of a file lie in the attempt's own folder: a copy that was made by linking is as good as any. */
const allOfAttempt = async ({ root }: AttemptFolder, { ino, nlink }: Stats): Promise<boolean> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  let found = 0;
  for (const entry of entries)
    if (entry.isFile() && (await lstat(join(entry.parentPath, entry.name))).ino === ino) found += 1;
  return found === nlink;
};

/** What is wrong with a thing in the folder of the outputs, whatever was declared. */
export const faultOfEntry = (name: string, kind: EntryKind): string | undefined => {
  const shown = JSON.stringify(name);
  if (name.includes("/") || name.includes("\\") || name === "..") return `the output ${shown} leaves its folder`;
  switch (kind) {
    case "file":
      return undefined;
    case "link":
      return `the output ${shown} is a symbolic link, and links are not taken`;
    case "hard-link":
      return `the output ${shown} is a hard link to a file outside of the attempt's folders, and links are not taken`;
    case "folder":
      return `the output ${shown} is a folder; outputs lie directly in ROLLERBLADE_OUT`;
    default:
      return `the output ${shown} is neither a file nor anything that can be stored`;
  }
};

/** What is wrong with the sizes of outputs, in bytes: together they may take what the manifest asks for as disk. */
export const faultOfSizes = ({ resources: { disk } }: Manifest, sizes: readonly number[]): string | undefined => {
  const size = sizes.reduce((sum, one) => sum + one, 0);
  return size > disk
    ? `the outputs take ${formatBytes(size)}, more than resources.disk (${formatBytes(disk)})`
    : undefined;
};

type OutputFile = {
  readonly output: OutputDeclaration;
  /** Below the folder of the outputs. */
  readonly name: string;
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
};

const openOutput = async (folder: string, output: OutputDeclaration): Promise<OutputFile> => {
  const name = outputFile(output);
  // Not followed and not blocking: nothing may have put a link or a pipe there since we looked.
  const handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  return { output, name, handle, size: (await handle.stat()).size };
};

const leftFile = async ({ output, name, handle, size }: OutputFile): Promise<LeftFile> => {
  if (output.content === "any") return { name };
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    const buffer = Buffer.allocUnsafe(Math.min(length, size - from));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  };
  return { name, fault: await faultOfContent({ name, size, read }) };
};

/** Reads the fields for sidecars, by the names of outputs, or finds what is wrong with one of them. */
const readFields = async (
  folder: string,
  found: readonly string[],
  outputs: readonly OutputDeclaration[],
): Promise<ReadonlyMap<string, JsonObject> | string> => {
  const fields = new Map<string, JsonObject>();
  for (const output of outputs) {
    const name = sidecarFile(output);
    if (name === null || !found.includes(name)) continue;
    const handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      // One byte more than it may have shows that it has too many.
      const buffer = Buffer.alloc(maxSidecarBytes + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      const read = await readSidecarFields(buffer.toString("utf8", 0, bytesRead));
      if ("fault" in read) return `the output ${name} ${read.fault}`;
      fields.set(output.name, read.fields);
    } finally {
      await handle.close();
    }
  }
  return fields;
};

const store = async (
  objects: Pick<ObjectStore, "put">,
  file: OutputFile,
  prefix: string,
  fields: ReadonlyMap<string, JsonObject>,
): Promise<ProducedOutput> => {
  const object = prefix + file.name;
  const content = file.handle.createReadStream({ autoClose: false, start: 0 });
  const metadata = fields.get(file.output.name);
  return {
    name: file.output.name,
    object,
    ...(metadata !== undefined && { metadata }),
    ...(await objects.put(object, content, { size: file.size, transient: true })),
  };
};
