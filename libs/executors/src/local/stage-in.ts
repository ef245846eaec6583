import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StagedFile } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import { archiveKey, datasetKey } from "@rollerblade/object-store/layout";
import pLimit from "p-limit";

/** An input that is no longer what was decided on. */
export class InputChanged extends Error {
  override readonly name = "InputChanged";
}

/** Files that are fetched at once. */
const concurrency = 8;

/**
 * Puts every file of the plan below the folder; content is checked against its hash on the way.
 * @throws InputChanged when a file is gone or holds something else, also in the archive
 */
export const stageIn = async (
  objects: ObjectStore,
  plan: readonly StagedFile[],
  folder: string,
  signal: AbortSignal,
): Promise<void> => {
  const folders = new Set(plan.map(({ path }) => dirname(path)).filter((path) => path !== "."));
  for (const path of folders) await mkdir(join(folder, path), { recursive: true });
  const limit = pLimit(concurrency);
  await Promise.all(plan.map((file) => limit(() => stageFile(objects, file, join(folder, file.path), signal))));
};

const stageFile = async (
  objects: ObjectStore,
  file: StagedFile,
  target: string,
  signal: AbortSignal,
): Promise<void> => {
  if (file.kind === "text") return writeFile(target, file.text);
  for (const key of placesOfFile(file)) {
    if (await fetchTo(objects, key, file.sha256, target, signal)) return;
  }
  throw new InputChanged(`${file.dataset}/${file.source} is gone, or no longer what was decided on`);
};

/** Keys under which a file may lie: its name, and the archive where a later derivative took the name. */
export const placesOfFile = ({ dataset, source, sha256 }: Extract<StagedFile, { kind: "object" }>): string[] => [
  datasetKey(dataset, source),
  archiveKey(dataset, sha256),
];

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
    await pipeline(body, hashing, createWriteStream(target), { signal });
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return false;
    throw error;
  }
  return `sha256:${hash.digest("hex")}` === sha256;
};
