import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Json } from "@rollerblade/abids";

/** What PyBIDS says of one file; metadata of data files only. */
export type Expected = { readonly entities: Record<string, Json>; readonly metadata?: Record<string, Json> };

/** By path. */
export type Expectation = ReadonlyMap<string, Expected>;

const samples = resolve(import.meta.dirname, "../../../shared/samples");

/** Folder with one dataset a folder; `BIDS_EXAMPLES` names another one. */
export const examplesFolder = process.env.BIDS_EXAMPLES ?? join(samples, "bids-examples");

/** Folder with `<dataset>.json` for each: `{files: {path: {entities, metadata?}}}`, as `pybids-expected.py` writes it. */
export const expectedFolder = process.env.PYBIDS_EXPECTED ?? resolve(examplesFolder, "../pybids-expected");

/** Names of the folders that hold people's data or describe a dataset; none where the folder is not there. */
export const datasetNames = (): string[] =>
  existsSync(examplesFolder)
    ? readdirSync(examplesFolder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .map(({ name }) => name)
        .filter((name) => readdirSync(join(examplesFolder, name)).some(isOfDataset))
        .sort()
    : [];

const isOfDataset = (name: string): boolean => name === "dataset_description.json" || name.startsWith("sub-");

/** What PyBIDS says of a dataset, or null where nobody has asked it. @throws Error where PyBIDS itself failed */
export const readExpectation = (file: string): Expectation | null => {
  if (!existsSync(file)) return null;
  const { files, error }: { files?: Record<string, Expected>; error?: string } = JSON.parse(readFileSync(file, "utf8"));
  if (files === undefined) throw new Error(`PyBIDS says: ${error}`);
  return new Map(Object.entries(files));
};
