import type { Finding } from "@rollerblade/errors";
import { classify, type DatasetContext, isKept, oneFileFolder } from "../classify.ts";
import { leftOutReason } from "./left-out.ts";

/** Folders that are not looked into when a dataset is listed: there may be a million files in them. */
export const closedFolders = { top: ["derivatives", "sourcedata"], hidden: true, openWithin: oneFileFolder } as const;

/** A part of what lies at some place: files, what is not a file to be read, and folders that were not looked into. */
export type Listed<File extends { readonly path: string }> = {
  readonly files: readonly File[];
  readonly faults: readonly { readonly path: string; readonly message: string }[];
  readonly closed: readonly string[];
};

/** The same, sorted into what takes part and what does not. */
export type Sorted<File> = {
  readonly files: readonly File[];
  /** What could not be listed: it is neither taken nor gone. */
  readonly unknown: readonly string[];
  /** How many files or closed folders take no part, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What is not BIDS or cannot be read. */
  readonly findings: readonly Finding[];
};

/** Sorts a part of a dataset by names alone. */
export const sortListed = <File extends { readonly path: string }>(
  { files, faults, closed }: Listed<File>,
  context: DatasetContext,
): Sorted<File> => {
  const skipped = new Map<string, number>();
  const skip = (reason: string): void => void skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  const findings: Finding[] = [];
  for (const { path, message } of faults) {
    const reason = leftOutReason(path);
    if (reason === null) findings.push({ where: path, message });
    else skip(reason);
  }
  const has = placesOf(files.map(({ path }) => path));
  const taken = files.filter((file) => {
    const is = classify(file.path, { ...context, has });
    if (isKept(is)) return true;
    if (is.class === "ignored") skip(is.because);
    else if (is.class === "derivative") skip("derivatives");
    else if (is.class === "invalid") {
      const hint = is.nearest === null ? "" : `; did you mean ${is.nearest}?`;
      findings.push({ where: file.path, message: `${is.reason}${hint}` });
    } else return true;
    return false;
  });
  for (const path of closed) skip(leftOutReason(path) ?? "hidden");
  return { files: taken, unknown: faults.map(({ path }) => path), skipped: Object.fromEntries(skipped), findings };
};

/** Whether these files, or the folders of people that they lie in, have a path. */
export const placesOf = (paths: readonly string[]): ((path: string) => boolean) => {
  const places = new Set(paths.flatMap((path) => [path, path.split("/", 1).join("")]));
  return (path) => places.has(path);
};
