import { hash } from "node:crypto";
import { lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { AttemptFile } from "@rollerblade/analysis";
import { type AttemptFolder, removeAttemptFolder, stagedAt } from "./attempt-folder.ts";
import { makeFolders } from "./stage-in.ts";

/** The inputs of an attempt as they were staged, each known by its content. */
export type Stage = {
  /** What the attempt works on. An attempt at the same work is likely to want the same inputs. */
  readonly work: string;
  readonly folder: AttemptFolder;
  readonly files: readonly KeptFile[];
};

/** A file that was staged, and the state in which the program found it. */
type KeptFile = {
  readonly path: string;
  readonly content: string;
  readonly size: number;
  readonly inode: number;
  /** Milliseconds since 1970, with fractions. The system sets it whenever a file is written, linked or renamed; no program can. */
  readonly changed: number;
};

/**
 * Keeps the inputs of ended attempts, so that the report of a group fetches only the members that changed since the last one.
 *
 * A kept file goes to one attempt at a time, by a rename: no two attempts ever share one, and a folder that is staged from kept files
 * holds nothing but what its plan names. A program of the same user could have changed a file meanwhile, so a file is used again only
 * if it is the same inode with the same size and time of last change as when the program was started. Everything else is fetched.
 * The process group of the program has ended by then; one that escaped from it could write to the bucket just as well.
 */
export type KeptStages = {
  /** Moves kept files to where the plan wants them. @returns what of the plan is still missing */
  reuse(work: string, plan: readonly AttemptFile[], folder: AttemptFolder): Promise<readonly AttemptFile[]>;
  /**
   * Notes the state of what was staged, before the program starts. @returns null when it is not worth keeping, or cannot be kept safely
   */
  seal(work: string, plan: readonly AttemptFile[], folder: AttemptFolder): Promise<Stage | null>;
  /** Keeps the inputs of an attempt that ended, and removes everything else of it. */
  keep(stage: Stage): Promise<void>;
  /** The attempts whose inputs are kept. */
  attempts(): ReadonlySet<string>;
  close(): Promise<void>;
};

/** Limits of what is kept. */
export type KeptStagesOptions = {
  /** Fewer files are fetched faster than they are looked after. @default 64 */
  readonly minFiles?: number;
  /** Bytes of all that is kept; what was used longest ago goes first. @default 4 GiB */
  readonly maxBytes?: number;
  /** Milliseconds that a stage is kept without being used: deleted data must not stay on a worker. @default 1 minute */
  readonly maxIdleMs?: number;
};

/** Files that are handled between two turns of the event loop; one takes some 10 µs. */
const maxFilesAtOnce = 250;

/** `TMPFS_MAGIC` of statfs(2). */
const tmpfs = 0x01021994;

/** Makes a store of stages that is empty. What an earlier process kept is nobody's, and goes when leftovers are removed. */
export const createKeptStages = (options: KeptStagesOptions = {}): KeptStages => {
  const { minFiles = 64, maxBytes = 4 * 2 ** 30, maxIdleMs = 60_000 } = options;
  /** By work, in the order of their last use. */
  const kept = new Map<string, { readonly stage: Stage; readonly expiry: NodeJS.Timeout }>();

  const take = (work: string): Stage | undefined => {
    const one = kept.get(work);
    clearTimeout(one?.expiry);
    kept.delete(work);
    return one?.stage;
  };
  const drop = async (work: string): Promise<void> => {
    const stage = take(work);
    if (stage !== undefined) await removeAttemptFolder(stage.folder).catch(ignoreLeftover);
  };
  return {
    async reuse(work, plan, folder) {
      const stage = take(work);
      if (stage === undefined) return plan;
      const missing = await moveInto(folder, plan, stage);
      removeAttemptFolder(stage.folder).catch(ignoreLeftover);
      return missing;
    },
    async seal(work, plan, folder) {
      const bytes = plan.reduce((sum, file) => sum + (file.kind === "text" ? 0 : file.size), 0);
      if (plan.length < minFiles || bytes > maxBytes || !(await canKeep(folder.root, bytes))) return null;
      const files = await noteStates(
        // What the program may change is not kept.
        plan.filter(({ root }) => root === undefined),
        folder.in,
      );
      await untilChangesShow(
        folder.root,
        files.reduce((last, { changed }) => Math.max(last, changed), 0),
      );
      return { work, folder, files };
    },
    async keep(stage) {
      const before = take(stage.work);
      const expiry = setTimeout(() => void drop(stage.work), maxIdleMs);
      expiry.unref();
      // Known at once: the next attempt may begin while the rest is being removed.
      kept.set(stage.work, { stage, expiry });
      if (before !== undefined) await removeAttemptFolder(before.folder);
      await rm(stage.folder.out, { recursive: true, force: true, maxRetries: 3 });
      await rm(stage.folder.tmp, { recursive: true, force: true, maxRetries: 3 });
      for (const oldest of [...kept.keys()]) {
        if (bytesOf([...kept.values()].map((one) => one.stage)) <= maxBytes) return;
        await drop(oldest);
      }
    },
    attempts: () => new Set([...kept.values()].map(({ stage }) => stage.folder.attempt)),
    async close() {
      for (const work of [...kept.keys()]) await drop(work);
    },
  };
};

/** What cannot be removed now, the next reconciliation removes. */
const ignoreLeftover = (): void => {};

const bytesOf = (stages: readonly Stage[]): number =>
  stages.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0);

/** The content of a file, as a key. */
const contentOf = (file: AttemptFile): string =>
  file.kind === "text" ? `sha256:${hash("sha256", file.text)}` : file.sha256;

const moveInto = async (
  folder: AttemptFolder,
  plan: readonly AttemptFile[],
  { files, folder: old }: Stage,
): Promise<AttemptFile[]> => {
  makeFolders(plan, folder);
  const byContent = Map.groupBy(files, ({ content }) => content);
  const missing: AttemptFile[] = [];
  for (const [index, file] of plan.entries()) {
    const found = byContent.get(contentOf(file))?.pop();
    if (found === undefined || !moveUnchanged(found, old.in, stagedAt(folder, file))) missing.push(file);
    if (index % maxFilesAtOnce === maxFilesAtOnce - 1) await setImmediate();
  }
  return missing;
};

/** Moves a file that nobody changed. @returns whether it was so */
const moveUnchanged = (file: KeptFile, from: string, target: string): boolean => {
  const path = join(from, file.path);
  try {
    const { ino, size, ctimeMs } = lstatSync(path);
    if (ino !== file.inode || size !== file.size || ctimeMs !== file.changed) return false;
    renameSync(path, target);
    return true;
  } catch {
    // The program, or somebody who tidied up, took it away.
    return false;
  }
};

const noteStates = async (plan: readonly AttemptFile[], folder: string): Promise<KeptFile[]> => {
  const files: KeptFile[] = [];
  for (const [index, file] of plan.entries()) {
    const { ino: inode, size, ctimeMs: changed } = lstatSync(join(folder, file.path));
    files.push({ path: file.path, content: contentOf(file), size, inode, changed });
    if (index % maxFilesAtOnce === maxFilesAtOnce - 1) await setImmediate();
  }
  return files;
};

/**
 * Whether there is room, a tenth of what is free at most, and a file's time of change can be trusted: on tmpfs, a write to memory that
 * is mapped does not move it.
 */
const canKeep = async (folder: string, bytes: number): Promise<boolean> => {
  const { type, bavail, bsize } = await statfs(folder);
  return type !== tmpfs && bytes <= (bavail * bsize) / 10;
};

/**
 * Waits until the clock of the file system has moved on: times are as coarse as its tick, some 4 ms on Linux, and a change within
 * the same tick as `last` would not show.
 */
const untilChangesShow = async (folder: string, last: number): Promise<void> => {
  const probe = join(folder, "clock");
  for (;;) {
    writeFileSync(probe, "");
    const { ctimeMs } = lstatSync(probe);
    rmSync(probe);
    if (ctimeMs > last) return;
    await sleep(1);
  }
};
