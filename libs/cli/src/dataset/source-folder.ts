import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { datasetName } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { addressOf } from "@rollerblade/transfer";
import { plainName } from "../plain-name.ts";

/** The name that a dataset gets: the one that was given, else that of its folder. @throws Problem `invalid` when no dataset can have it */
export const nameOfDataset = (directory: string, given: string | undefined): string => {
  const name = given ?? basename(resolve(directory));
  const parsed = datasetName.safeParse(name);
  if (parsed.success) return name;
  const [rule] = parsed.error.issues;
  throw new Problem({
    code: "invalid",
    message: `${given === undefined ? "The folder is called" : "A dataset cannot be called"} "${name}"${given === undefined ? ", which cannot be the name of a dataset" : ""}: it needs ${rule?.message ?? "another name"}.`,
    subject: name,
    next: `Give another name: --name ${plainName(name) || "my-study"}`,
  });
};

/** Folders directly below one that are datasets, where that is none itself; none of a bucket. */
export const datasetsBelow = async (directory: string): Promise<string[]> => {
  if (!addressOf(directory).startsWith("file:") || (await hasDescription(directory))) return [];
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  // Folders of subjects at the top belong to a dataset that misses its description.
  if (folders.some((name) => name.startsWith("sub-"))) return [];
  const described = await Promise.all(folders.map((name) => hasDescription(join(directory, name))));
  return folders.filter((_, index) => described[index]).sort();
};

/** Whether a folder has neither a description nor subjects, as images from a scanner and loose files have it; never a bucket. */
export const isUnconverted = async (directory: string): Promise<boolean> => {
  if (!addressOf(directory).startsWith("file:")) return false;
  const names = await readdir(directory).catch(() => null);
  return names !== null && !names.some((name) => name === "dataset_description.json" || name.startsWith("sub-"));
};

/** The command that begins to make a dataset of a folder. */
export const conversionOf = (directory: string): string =>
  `rollerblade dataset convert ${quoted(directory)} --suggest > mapping.yaml`;

/** Refuses a folder that holds datasets and is none, and one that BIDS says nothing of. @throws Problem `invalid` */
export const requireDataset = async (directory: string): Promise<void> => {
  const [first, ...others] = await datasetsBelow(directory);
  if (first === undefined) {
    if (!(await isUnconverted(directory))) return;
    throw new Problem({
      code: "invalid",
      message: `${directory} is not in BIDS: it has neither dataset_description.json nor folders sub-<label>.`,
      subject: directory,
      next: `DICOM, loose images and tables are converted: ${conversionOf(directory)}`,
    });
  }
  throw new Problem({
    code: "invalid",
    message: `${directory} is not a dataset, it holds ${listed([first, ...others])}.`,
    subject: directory,
    next: `Import one of them: rollerblade dataset import ${quoted(join(directory, first))}`,
  });
};

/** A path as a shell takes it. */
const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** Names that a message lists. */
const maxListed = 5;

/** Names datasets in a sentence, many of them by their number: `the dataset a`, `the datasets a, b and c`. */
export const listed = (names: readonly string[]): string => {
  if (names.length === 1) return `the dataset ${names[0]}`;
  const more = names.length - maxListed;
  const shown = more > 0 ? [...names.slice(0, maxListed), `${more} more`] : names;
  return `the datasets ${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
};

const hasDescription = (folder: string): Promise<boolean> =>
  stat(join(folder, "dataset_description.json")).then(
    () => true,
    () => false,
  );
