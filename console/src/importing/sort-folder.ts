import { compareBytes, contextOf, leftOutReason, type Sorted, sortListed } from "@rollerblade/abids/listing";
import { z } from "zod";
import type { FolderFile } from "./folder-file.ts";

/** Bytes of a description or a `.bidsignore` that is read. */
const maxTextBytes = 2 ** 20;

/** Sorts the files of a folder into what takes part in its dataset and what does not, as the command line does, in the order of the bytes of their paths. */
export const sortFolder = async (files: readonly FolderFile[]): Promise<Sorted<FolderFile>> => {
  const closed = new Set<string>();
  const open = files.filter(({ path }) => {
    const reason = leftOutReason(path);
    if (reason === null) return true;
    closed.add(reason === "hidden" ? path : reason);
    return false;
  });
  const [description, ignore] = await Promise.all([
    textOf(files, "dataset_description.json"),
    textOf(files, ".bidsignore"),
  ]);
  const sorted = sortListed({ files: open, faults: [], closed: [...closed] }, contextOf(objectOf(description), ignore));
  return { ...sorted, files: sorted.files.toSorted((a, b) => compareBytes(a.path, b.path)) };
};

const textOf = async (files: readonly FolderFile[], path: string): Promise<string> => {
  const file = files.find((one) => one.path === path)?.file;
  return file === undefined || file.size > maxTextBytes ? "" : await file.text();
};

/** The object that a text holds; null where it holds none. */
const objectOf = (text: string) => {
  try {
    return z.record(z.string(), z.json()).safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};
