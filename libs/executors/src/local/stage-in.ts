import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { archiveKey, assetKey, datasetKey } from "@rollerblade/abids/bucket-layout";
import type { AttemptFile } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { type AttemptFolder, stagedAt } from "./attempt-folder.ts";

/** An input that is no longer what was decided on. */
export class InputChanged extends Error {
  override readonly name = "InputChanged";
}

/** A file of the plan that is an object of the bucket. */
type StagedObject = Exclude<AttemptFile, { kind: "text" }>;

/** Bytes up to which a file is read in one piece. A stream for each would cost several times what its bytes cost. */
const maxBytesInOnePiece = 2 ** 20;

/** What one batch of small files holds: as much as a thread of the object store reads at once. */
const [maxBatchFiles, maxBatchBytes] = [200, 32 * 2 ** 20];

/** Batches of small files, and large files, that are under way at once. */
const [concurrentBatches, concurrentStreams] = [2, 8];

/** Texts that are written between two turns of the event loop; one takes some 20 µs. */
const maxTextsAtOnce = 200;

/** The folders that files are staged into. */
type StageFolders = Pick<AttemptFolder, "in" | "out">;

/** Opens a file that is not there yet (`O_CREAT | O_EXCL`): neither a link nor anything else that has the name is written through. */
const newFile = { flag: "wx" } as const;

/**
 * Puts every file of the plan into the folders; content is checked against its hash on the way.
 * @throws InputChanged when a file is gone or holds something else, also in the archive
 */
export const stageIn = async (
  objects: ObjectStore,
  plan: readonly AttemptFile[],
  folder: StageFolders,
  signal: AbortSignal,
): Promise<void> => {
  makeFolders(plan, folder);
  await writeTexts(plan, folder, signal);
  const all = plan.filter((file) => file.kind !== "text");
  const small = all.filter(({ size }) => size <= maxBytesInOnePiece);
  const large = all.filter(({ size }) => size > maxBytesInOnePiece);
  const batches = pLimit(concurrentBatches);
  const streams = pLimit(concurrentStreams);
  await Promise.all([
    ...inBatches(small).map((batch) => batches(() => stageSmall(objects, batch, folder, signal))),
    ...large.map((file) => streams(() => stageLarge(objects, file, stagedAt(folder, file), signal))),
  ]);
  letProgramWrite(plan, folder);
};

/** What lies among the outputs is the program's to change, which may have another user. */
const letProgramWrite = (plan: readonly AttemptFile[], folder: StageFolders): void => {
  for (const file of plan) if (file.root === "out") chmodSync(stagedAt(folder, file), 0o666);
};

/** Makes the folders that the files of a plan lie in. */
export const makeFolders = (plan: readonly AttemptFile[], folder: StageFolders): void => {
  const byRoot = Map.groupBy(plan, ({ root }) => root);
  for (const path of foldersOf(byRoot.get(undefined) ?? [])) mkdirSync(join(folder.in, path), { recursive: true });
  for (const path of foldersOf(byRoot.get("out") ?? [])) makeWritableFolders(folder.out, path);
};

const foldersOf = (plan: readonly AttemptFile[]): ReadonlySet<string> =>
  new Set(plan.map(({ path }) => dirname(path)).filter((path) => path !== "."));

/** Makes a folder and those above it that are missing, each of which the program may write to. */
const makeWritableFolders = (root: string, path: string): void => {
  const parts = path.split("/");
  for (const [index] of parts.entries()) {
    const folder = join(root, ...parts.slice(0, index + 1));
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
  }
};

/**
 * Writes the texts of a plan, such as merged sidecars, into the folder of an execution. After every {@link maxTextsAtOnce} of them it lets
 * others of this process go on, since writing is synchronous.
 */
export const writeTexts = async (
  plan: readonly AttemptFile[],
  folder: StageFolders,
  signal: AbortSignal,
): Promise<void> => {
  let written = 0;
  for (const file of plan) {
    if (file.kind !== "text") continue;
    writeFileSync(stagedAt(folder, file), file.text, newFile);
    written += 1;
    if (written % maxTextsAtOnce === 0) await setImmediate(undefined, { signal });
  }
};

const inBatches = (files: readonly StagedObject[]): StagedObject[][] => {
  const batches: StagedObject[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    if (last === undefined || last.length === maxBatchFiles || bytes + file.size > maxBatchBytes) {
      batches.push([file]);
      bytes = file.size;
    } else {
      last.push(file);
      bytes += file.size;
    }
  }
  return batches;
};

/**
 * Keys under which a file may lie: its name, and the archive where a later derivative took the name. The content of an asset has one place,
 * and is looked for there once more.
 */
export const placesOfFile = (file: StagedObject): readonly [name: string, archive: string] => {
  if (file.kind === "asset") return [assetKey(file.asset, file.sha256), assetKey(file.asset, file.sha256)];
  return [datasetKey(file.dataset, file.source), archiveKey(file.dataset, file.sha256)];
};

/** What to call a file when it is gone. */
export const nameOfStaged = (file: StagedObject): string =>
  file.kind === "asset" ? `the asset ${file.asset}` : `${file.dataset}/${file.source}`;

const stageSmall = async (
  objects: ObjectStore,
  batch: readonly StagedObject[],
  folder: StageFolders,
  signal: AbortSignal,
): Promise<void> => {
  const fetchFrom = async (place: 0 | 1, files: readonly StagedObject[]): Promise<StagedObject[]> => {
    const requests = files.map((file) => ({ key: placesOfFile(file)[place], size: file.size, keep: file.size }));
    const read = await objects.inspect(requests, signal);
    signal.throwIfAborted();
    return files.filter((file, index) => {
      const one = read[index];
      if (one?.sha256 !== file.sha256) return true;
      writeFileSync(stagedAt(folder, file), one.head, newFile);
      return false;
    });
  };
  const missing = await fetchFrom(0, batch);
  const [gone] = missing.length === 0 ? [] : await fetchFrom(1, missing);
  if (gone !== undefined) throw inputChanged(gone);
};

const stageLarge = async (
  objects: ObjectStore,
  file: StagedObject,
  target: string,
  signal: AbortSignal,
): Promise<void> => {
  for (const key of placesOfFile(file)) if (await fetchTo(objects, key, file.sha256, target, signal)) return;
  throw inputChanged(file);
};

const inputChanged = (file: StagedObject): InputChanged =>
  new InputChanged(`${nameOfStaged(file)} is gone, or no longer what was decided on`);

/** Whether the object was there and had that content. */
const fetchTo = async (
  objects: ObjectStore,
  key: string,
  sha256: string,
  target: string,
  signal: AbortSignal,
): Promise<boolean> => {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const body = await objects.get(key, { signal });
    await pipeline(body, hashing, createWriteStream(target, { flags: newFile.flag }), { signal });
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return false;
    throw error;
  }
  if (`sha256:${hash.digest("hex")}` === sha256) return true;
  rmSync(target);
  return false;
};
