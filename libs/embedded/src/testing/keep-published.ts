import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, glob, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { testServersFolder } from "./test-servers-folder.ts";

/** Folder in which tests keep what they have published; null where they keep nothing, as on a developer's machine. */
export const publishedFolder = (): string | null => {
  const folder = process.env.ROLLERBLADE_TEST_PUBLISHED;
  if (folder !== undefined) return folder === "" ? null : folder;
  return process.env.CI === "true" ? join(testServersFolder(), "published") : null;
};

/**
 * Keeps a copy of every derivative dataset in a bucket that a test is about to give back, so that the official validator can judge all
 * of a run at once (`npm run test:published`). Equal datasets are kept once, under the hash of what they hold.
 * @param bucket folder of the bucket
 */
export const keepPublished = async (bucket: string): Promise<void> => {
  const folder = publishedFolder();
  if (folder === null) return;
  for (const published of await derivativeDatasetsIn(bucket)) {
    const kept = join(folder, await hashOf(published));
    if (existsSync(kept)) continue;
    const copy = `${kept}.${process.pid}.part`;
    await mkdir(folder, { recursive: true });
    await cp(published, copy, { recursive: true });
    // Another test file may have kept an equal one meanwhile.
    await rename(copy, kept).catch(() => undefined);
  }
};

/** Folders of all derivative datasets in a bucket. */
export const derivativeDatasetsIn = async (bucket: string): Promise<readonly string[]> => {
  const folders: string[] = [];
  for (const dataset of await namesIn(join(bucket, "datasets")))
    for (const name of await namesIn(join(bucket, "datasets", dataset, "derivatives")))
      folders.push(join(bucket, "datasets", dataset, "derivatives", name));
  return folders.filter((folder) => existsSync(join(folder, "dataset_description.json")));
};

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const hashOf = async (folder: string): Promise<string> => {
  const names: string[] = [];
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true }))
    if (entry.isFile()) names.push(join(entry.parentPath, entry.name).slice(folder.length));
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(`${name}\n`).update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 32);
};
