import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { pythonWith } from "./python.ts";

/** The official BIDS validator, from its wheel; null where there is no Python that can install it. */
const validator = await pythonWith("bids-validator-deno", "3.0.2");
if (validator === null && process.env.CI === "true")
  throw new Error("The official validator needs python3 with its venv module (python3-venv).");

/** Whether the official validator is here. */
export const hasValidator = validator !== null;

const answer = z.object({
  issues: z.object({
    issues: z.array(
      z.looseObject({
        severity: z.string(),
        code: z.string(),
        subCode: z.string().nullish(),
        location: z.string().default(""),
      }),
    ),
  }),
});

/** Errors, not warnings, that the official validator finds in a dataset: `CODE/SUBCODE path`. */
export const errorsOf = async (folder: string): Promise<readonly string[]> => {
  const command = join(dirname(validator ?? ""), "bids-validator-deno");
  // The exit code only says whether there are errors.
  const text = await new Promise<string>((done) =>
    execFile(command, ["--format", "json", folder], { maxBuffer: 1 << 28 }, (_, stdout) => done(stdout)),
  );
  return answer
    .parse(JSON.parse(text))
    .issues.issues.filter(({ severity }) => severity === "error")
    .map(({ code, subCode, location }) => `${code}${subCode ? `/${subCode}` : ""} ${location}`);
};

/** Folders of all derivative datasets in the bucket of a world, as absolute paths. */
export const derivativeDatasets = async (bucket: string): Promise<readonly string[]> => {
  const folders: string[] = [];
  for (const dataset of await namesIn(join(bucket, "datasets")))
    for (const name of await namesIn(join(bucket, "datasets", dataset, "derivatives")))
      folders.push(join(bucket, "datasets", dataset, "derivatives", name));
  return folders.filter((folder) => existsSync(join(folder, "dataset_description.json")));
};

/** Errors in all derivative datasets of a bucket; empty where the validator cannot be installed. */
export const derivativeErrors = async (bucket: string): Promise<readonly string[]> => {
  if (!hasValidator) return [];
  const errors = (await derivativeDatasets(bucket)).map(async (folder) =>
    (await errorsOf(folder)).map((error) => `${folder.slice(bucket.length + 1)}: ${error}`),
  );
  return (await Promise.all(errors)).flat();
};

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
