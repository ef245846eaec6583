import { classify, type DatasetContext, faultOfPointer, type IndexedFile, pointerHeadBytes } from "@rollerblade/abids";

/** What one way into the store takes of a folder, and what it reports as no content, no name or no file. */
export type WayIn = { readonly taken: readonly string[]; readonly refused: readonly string[] };

/** Rules by which a file is not taken. */
const absent: ReadonlySet<string> = new Set(["broken-link", "link-loop", "link-out", "special-file", "unreadable"]);

/** What `dataset check` takes and refuses, derivatives of the dataset aside, which are datasets of their own. */
export const wayOfCheck = (lines: Iterable<IndexedFile>, { type = "raw" }: DatasetContext): WayIn => {
  const [taken, refused]: [string[], string[]] = [[], []];
  for (const { path, class: is, kind, findings } of lines) {
    if (path.startsWith("derivatives/") || (path === "derivatives" && is !== "invalid")) continue;
    const faults = findings.filter(({ rule }) => absent.has(rule));
    refused.push(...faults.map(({ file }) => file));
    if (faults.some(({ file }) => file === path)) continue;
    // The check is strict about names of derivatives, as the validator is; a store keeps what a pipeline calls its own way.
    const isOwn = type === "derivative" && classify(path, { type }).class !== "invalid";
    if (is === "invalid" && !isOwn) refused.push(path);
    else if (is === "invalid" || is === "valid" || is === "derivative" || is === "associated") taken.push(path);
    else if (is === "ignored" && ["bidsignore", "code", "stimuli"].includes(kind)) taken.push(path);
  }
  return { taken: asPlaces(taken), refused: asPlaces(refused) };
};

/** Sorted, and a folder that counts as one file as one place. */
export const asPlaces = (paths: Iterable<string>): readonly string[] =>
  [...new Set([...paths].map((path) => path.replace(/(\.(?:ds|zarr))\/.*$/, "$1")))].sort();

/** Whether the first bytes of a file are a pointer of git-annex. */
export const isPointer = (head: Uint8Array, size: number): boolean =>
  faultOfPointer(head.subarray(0, pointerHeadBytes), size) !== null;
