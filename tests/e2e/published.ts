/**
 * `npm run test:published`: asks the official BIDS validator about every derivative dataset that the tests of this run have published and
 * `keepPublished` has kept, prints how many there were, and forgets those without errors.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { publishedFolder } from "@rollerblade/embedded/testing";
import { z } from "zod";
import { errorsOf, hasValidator } from "./official-validator.ts";

/**
 * What the official validator says of bytes that programs of tests write: their images are lines of text, since tests look at what is
 * published and not at brains. Everything else is an error of what Rollerblade publishes.
 */
const isOfBytes = (error: string): boolean => /^(NIFTI_HEADER_UNREADABLE|EMPTY_FILE)\b/.test(error);

const description = z.looseObject({ GeneratedBy: z.array(z.looseObject({ Name: z.string() })).default([]) });

/** Which analysis published a dataset, for people. */
const nameOf = async (folder: string): Promise<string> => {
  const text = await readFile(join(folder, "dataset_description.json"), "utf8").catch(() => "{}");
  return description.parse(JSON.parse(text)).GeneratedBy[0]?.Name ?? "an unnamed analysis";
};

const folder = publishedFolder();
const names = folder === null ? [] : await readdir(folder).catch(() => []);
if (folder === null || names.length === 0) {
  process.stdout.write("The tests kept no derivative datasets: run them with CI=true.\n");
} else if (!hasValidator) {
  process.stderr.write("The official validator needs python3 with its venv module (python3-venv).\n");
  process.exitCode = 1;
} else {
  const waiting = [...names];
  const judged: { readonly path: string; readonly by: string; readonly errors: readonly string[] }[] = [];
  const judge = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const path = join(folder, name);
      const errors = (await errorsOf(path)).filter((error) => !isOfBytes(error));
      judged.push({ path, by: await nameOf(path), errors });
      if (errors.length === 0) await rm(path, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, judge));
  const errors = judged.flatMap(({ path, by, errors: found }) => found.map((error) => `${by}: ${error} (${path})`));
  for (const error of errors) process.stderr.write(`${error}\n`);
  process.stdout.write(`official validator: ${judged.length} derivative datasets, ${errors.length} errors\n`);
  if (errors.length > 0) process.exitCode = 1;
}
