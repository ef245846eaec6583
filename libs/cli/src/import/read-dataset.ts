import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { classify, type DatasetContext, readBidsIgnore, readJsonObject } from "@rollerblade/abids";
import { type Finding, Problem } from "@rollerblade/errors";
import { type LocalFile, walkFolder } from "./walk-folder.ts";

/** A BIDS dataset on disk, sorted into what is to be imported and what is not. */
export type LocalDataset = {
  readonly files: readonly LocalFile[];
  /** Everything that keeps it from being imported. */
  readonly findings: readonly Finding[];
  /** How many files, or folders that were not looked into, take no part, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
};

/** Looks through a dataset by names alone. @throws Problem `not-found` when there is no such folder */
export const readDataset = async (directory: string): Promise<LocalDataset> => {
  await requireFolder(directory);
  const context = await readContext(directory);
  const skipped = new Map<string, number>();
  const skip = (reason: string): void => void skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  const enter = (path: string): boolean => {
    const reason = closedFolder(path);
    if (reason !== null) skip(reason);
    return reason === null;
  };
  const walked = await walkFolder(directory, enter);
  const files: LocalFile[] = [];
  const findings: Finding[] = [...walked.findings];
  for (const file of walked.files) {
    const is = classify(file.path, context);
    if (is.class === "ignored") skip(is.because);
    else if (is.class === "derivative") skip("derivatives");
    else if (is.class === "invalid") findings.push({ where: file.path, message: messageOf(is.reason, is.nearest) });
    else files.push(file);
  }
  if (!files.some(({ path }) => path === "dataset_description.json")) findings.unshift(noDescription);
  return { files, findings, skipped: Object.fromEntries(skipped) };
};

/** Folders that hold nothing to import; there may be a million files in them. */
const closedFolder = (path: string): string | null => {
  if (path === "derivatives" || path === "sourcedata") return path;
  return path.split("/").at(-1)?.startsWith(".") === true ? "hidden" : null;
};

const readContext = async (directory: string): Promise<DatasetContext> => {
  const description = await readSmall(join(directory, "dataset_description.json"));
  const isDerivative = readJsonObject("", description).value?.DatasetType === "derivative";
  return {
    type: isDerivative ? "derivative" : "raw",
    ignore: readBidsIgnore(await readSmall(join(directory, ".bidsignore"))),
  };
};

const readSmall = async (path: string): Promise<string> => {
  const is = await stat(path).catch(() => null);
  return is?.isFile() === true && is.size <= 2 ** 20 ? readFile(path, "utf8") : "";
};

const messageOf = (reason: string, nearest: string | null): string =>
  nearest === null ? reason : `${reason}; did you mean ${nearest}?`;

const noDescription: Finding = {
  where: "dataset_description.json",
  message: 'is missing; BIDS requires it, at least {"Name": "…", "BIDSVersion": "1.11.1"}',
};

const requireFolder = async (directory: string): Promise<void> => {
  const is = await stat(directory).catch(() => null);
  if (is?.isDirectory() === true) return;
  throw new Problem({
    code: "not-found",
    message: `There is no folder ${directory}.`,
    subject: directory,
    next: "Give the folder that holds dataset_description.json.",
  });
};
