import { type DatasetFinding, type DatasetTree, folderOf, indexDataset } from "@rollerblade/abids";
import { uploadTree } from "../findings/upload-tree.ts";
import type { Ingest } from "../ingest.ts";

/** A table with the one row that is meant, before and after it was changed. */
export type RowChange = { readonly before: Uint8Array; readonly after: Uint8Array };

/**
 * Answers what is wrong with a row by its change: what the check of datasets finds in it afterwards and did not find
 * before. What was wrong before refuses no correction.
 */
export const newFaults = async (
  ingest: Ingest,
  dataset: string,
  file: string,
  { before, after }: RowChange,
): Promise<string[]> => {
  const tree = await uploadTree(ingest, dataset, [file]);
  const former = new Set(faultsOf(tree, file, before));
  return faultsOf(tree, file, after).filter((fault) => !former.has(fault));
};

/** A column without a definition is usual. Lines are those of the excerpt, and so are left out. */
const faultsOf = (tree: DatasetTree, file: string, content: Uint8Array): string[] =>
  [...indexDataset(withContent(tree, file, content), { tables: true })]
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.file === file && finding.rule !== "undefined-column")
    .map(({ message }: DatasetFinding) => message.replace(/^line \d+ /, ""));

const withContent = (tree: DatasetTree, file: string, bytes: Uint8Array): DatasetTree => ({
  ...tree,
  list: (folder) => {
    const entries = tree.list(folder);
    if (!Array.isArray(entries) || folderOf(file) !== folder) return entries;
    const name = file.slice(folder === "" ? 0 : folder.length + 1);
    return entries.some((entry) => entry.name === name) ? entries : [...entries, { name, kind: "file" }];
  },
  read: (path, maxBytes) => (path === file ? { ok: true, bytes } : tree.read(path, maxBytes)),
  has: (path) => path === file || tree.has(path),
});
