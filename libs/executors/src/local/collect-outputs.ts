import { createHash, hash } from "node:crypto";
import { constants, createReadStream, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { compareBytes, type JsonObject, readJsonObject } from "@rollerblade/abids";
import { faultOfContent } from "@rollerblade/abids/file-content";
import {
  type FileOutput,
  faultOfContents,
  faultOfOutputs,
  formatBytes,
  type LeftFile,
  type Manifest,
  maxSidecarBytes,
  mustBeWholeFile,
  outputFile,
  readSidecarFields,
  type SliceLabels,
  sidecarFile,
  splitTreeFile,
  stagingPlan,
  type TreeOutput,
  treesOf,
} from "@rollerblade/analysis";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import type { Attempt, ProducedOutput } from "../executor.ts";
import type { AttemptFolder } from "./attempt-folder.ts";

/** Outputs that may not be taken, with the reason. */
export type Collected = { readonly outputs: readonly ProducedOutput[] } | { readonly fault: string };

/** What stands under a name in the folder of the outputs. */
export type EntryKind = "file" | "link" | "hard-link" | "folder" | "other";

/** What an attempt may leave. */
export type ExpectedOutputs = {
  readonly manifest: Manifest;
  readonly labels: SliceLabels;
  /** Hashes of the files that lay in the trees before the command started, by name: what nobody changed is not an output. */
  readonly seeded: ReadonlyMap<string, string>;
};

/** What an attempt may leave, by its plan. */
export const expectedOutputs = ({
  manifest,
  slice,
  parameters,
}: Pick<Attempt, "manifest" | "slice" | "parameters">): ExpectedOutputs => ({
  manifest,
  labels: slice.entities,
  seeded: new Map(
    stagingPlan(manifest, slice, parameters).flatMap((file) =>
      file.root === "out"
        ? [[file.path, file.kind === "object" ? file.sha256 : `sha256:${hash("sha256", file.text)}`] as const]
        : [],
    ),
  ),
});

/**
 * Checks what a command left in its folder and puts it below `prefix`. Only ordinary files that were declared are taken, and in trees links
 * to files of the same tree: any other link could lead anywhere, and a name with `..` cannot come out of a folder's list but is refused all
 * the same.
 */
export const collectOutputs = async (
  objects: Pick<ObjectStore, "put">,
  expected: ExpectedOutputs,
  folder: AttemptFolder,
  prefix: string,
): Promise<Collected> => {
  const { manifest, labels } = expected;
  const out = await openFolder(folder.out);
  if (out === null) return { fault: "the folder ROLLERBLADE_OUT is not there any more, or was replaced by a link" };
  try {
    const left = await listLeft(folder, out.path, expected);
    for (const { name, kind } of left) {
      const fault = faultOfEntry(name, kind, treesOf(manifest));
      if (fault !== undefined) return { fault };
    }
    const names = left.map(({ name }) => name);
    const fault = faultOfOutputs(manifest, names, labels);
    if (fault !== undefined) return { fault };
    const tooLarge = faultOfSizes(
      manifest,
      left.map(({ size }) => size),
    );
    if (tooLarge !== undefined) return { fault: tooLarge };
    const trees = await collectTrees(
      objects,
      expected,
      left.filter(({ name }) => splitTreeFile(name) !== null),
      prefix,
    );
    if ("fault" in trees) return trees;
    const declared = manifest.outputs.flatMap((output) =>
      !("tree" in output) && names.includes(outputFile(output)) ? [output] : [],
    );
    const files = await Promise.all(declared.map((output) => openOutput(out.path, output)));
    try {
      const bad = faultOfContents(manifest, await Promise.all(files.map(leftFile)), labels);
      if (bad !== undefined) return { fault: bad };
      const fields = await readFields(out.path, names, declared);
      if (typeof fields === "string") return { fault: fields };
      const stored = await Promise.all(files.map((file) => store(objects, file, prefix, fields)));
      return { outputs: [...stored, ...trees.outputs] };
    } finally {
      await Promise.all(files.map(({ handle }) => handle.close()));
    }
  } finally {
    await out.handle.close();
  }
};

/** A thing in the folder of the outputs, or in a tree there. */
type Left = {
  /** Below the folder of the outputs. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Bytes. */
  readonly size: number;
  /** Where it is read: of a link within a tree, what it leads to. */
  readonly path: string;
};

const listLeft = async (folder: AttemptFolder, out: string, { manifest, seeded }: ExpectedOutputs): Promise<Left[]> => {
  const trees = treesOf(manifest);
  const names = countNames(folder);
  const left: Left[] = [];
  for (const name of await readdir(out)) {
    const path = join(out, name);
    const stats = await lstat(path);
    if (stats.isDirectory() && trees.some((tree) => tree.name === name)) await walkTree(names, out, name, left);
    else left.push({ name, kind: await kindOf(names, stats), size: stats.size, path });
  }
  const kept: Left[] = [];
  for (const one of left) {
    const before = seeded.get(one.name);
    if (before === undefined || one.kind !== "file" || (await hashOfFile(one.path)) !== before) kept.push(one);
  }
  return kept;
};

/** Lists the files of a tree in bytewise order, so that what is wrong with it is always named alike. Folders alone are nothing. */
const walkTree = async (names: NameCounter, out: string, tree: string, left: Left[]): Promise<void> => {
  const root = await realpath(join(out, tree));
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(compareBytes);
  for (const file of files) {
    const name = `${tree}/${relative(root, file)}`;
    const stats = await lstat(file);
    const target = stats.isSymbolicLink() ? await realpath(file).catch(() => null) : file;
    const inside = target?.startsWith(`${root}/`) === true ? await lstat(target) : null;
    if (target === null || inside === null) left.push({ name, kind: "link", size: 0, path: file });
    else left.push({ name, kind: await kindOf(names, inside), size: inside.size, path: target });
  }
};

/** Files of trees that are open at once. */
const concurrentFiles = 8;

/** Checks the files that must be there, and stores all of them, each as a stream. */
const collectTrees = async (
  objects: Pick<ObjectStore, "put">,
  { manifest, labels }: ExpectedOutputs,
  left: readonly Left[],
  prefix: string,
): Promise<{ readonly outputs: readonly ProducedOutput[] } | { readonly fault: string }> => {
  const limit = pLimit(concurrentFiles);
  const whole = left.filter(({ name }) => mustBeWholeFile(manifest, name, labels));
  const checked = await Promise.all(
    whole.map((file) =>
      limit(() => withFile(file, async (handle) => ({ name: file.name, fault: await contentFault(file, handle) }))),
    ),
  );
  const fault = faultOfContents(manifest, checked, labels);
  if (fault !== undefined) return { fault };
  const outputs = left.map((file) =>
    limit(() =>
      withFile(file, async (handle): Promise<ProducedOutput> => {
        const metadata = await descriptionIn(file, handle);
        const content = handle.createReadStream({ autoClose: false, start: 0 });
        const stored = await objects.put(prefix + file.name, content, { size: file.size, transient: true });
        return { name: file.name, object: prefix + file.name, ...(metadata !== null && { metadata }), ...stored };
      }),
    ),
  );
  return { outputs: await Promise.all(outputs) };
};

/** What a program says of the derivative dataset as a whole is kept with it, so that ours can tell it; null of every other file. */
const descriptionIn = async ({ name, size }: Left, handle: FileHandle): Promise<JsonObject | null> => {
  if (splitTreeFile(name)?.path !== "dataset_description.json" || size > maxSidecarBytes) return null;
  const buffer = Buffer.alloc(size);
  await handle.read(buffer, 0, size, 0);
  return readJsonObject(name, buffer).value;
};

const contentFault = ({ name, size }: Left, handle: FileHandle): Promise<string | undefined> =>
  faultOfContent({
    name,
    size,
    read: async (from, length) => {
      const buffer = Buffer.allocUnsafe(Math.min(length, size - from));
      return buffer.subarray(0, (await handle.read(buffer, 0, buffer.length, from)).bytesRead);
    },
  });

/** Opens a file that is not a link and does not block, since nothing may have taken its place. */
const withFile = async <T>({ path }: Left, use: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
};

const hashOfFile = async (path: string): Promise<string> => {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path)) sum.update(chunk);
  return `sha256:${sum.digest("hex")}`;
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

/** Counts the names that a file has within an attempt's own folder. */
type NameCounter = (inode: number) => Promise<number>;

/** The folder is read once, and only where some file has several names. */
const countNames = ({ root }: AttemptFolder): NameCounter => {
  let counted: Promise<ReadonlyMap<number, number>> | undefined;
  const count = async (): Promise<ReadonlyMap<number, number>> => {
    const counts = new Map<number, number>();
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const { ino } = await lstat(join(entry.parentPath, entry.name));
      counts.set(ino, (counts.get(ino) ?? 0) + 1);
    }
    return counts;
  };
  return async (inode) => {
    counted ??= count();
    return (await counted).get(inode) ?? 0;
  };
};

/** A copy that was made by linking is as good as any, if all names of the file lie in the attempt's own folder. */
const kindOf = async (names: NameCounter, stats: Stats): Promise<EntryKind> => {
  if (stats.isFile()) return stats.nlink === 1 || (await names(stats.ino)) === stats.nlink ? "file" : "hard-link";
  return stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : "other";
};

/** What is wrong with a thing in the folder of the outputs, whatever was declared. */
export const faultOfEntry = (
  name: string,
  kind: EntryKind,
  trees: readonly Pick<TreeOutput, "name">[] = [],
): string | undefined => {
  const shown = JSON.stringify(name);
  const inTree = splitTreeFile(name);
  if (inTree !== null && !trees.some((tree) => tree.name === inTree.tree))
    return `the output ${JSON.stringify(inTree.tree)} is a folder; outputs lie directly in ROLLERBLADE_OUT`;
  if (name.includes("\\") || name.split("/").includes("..")) return `the output ${shown} leaves its folder`;
  switch (kind) {
    case "file":
      return undefined;
    case "link":
      return inTree === null
        ? `the output ${shown} is a symbolic link, and links are not taken`
        : `the output ${shown} is a symbolic link out of its tree, and those are not taken`;
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
  readonly output: FileOutput;
  /** Below the folder of the outputs. */
  readonly name: string;
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
};

const openOutput = async (folder: string, output: FileOutput): Promise<OutputFile> => {
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
  outputs: readonly FileOutput[],
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
