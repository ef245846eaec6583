import { statSync } from "node:fs";
import { type IndexedFile, type IndexOptions, indexDataset } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import type { FollowedLinks } from "@rollerblade/object-store/list-folder";
import { folderTree } from "./folder-tree.ts";

/** How a folder is looked through. */
export type FolderOptions = IndexOptions & {
  /** Links that are followed. @default "inside" */
  readonly links?: FollowedLinks;
};

/**
 * Describes what each file in a folder is to BIDS, with merged metadata and findings; see `indexDataset`. Nothing is
 * started, written or sent. @throws Problem `not-found` when there is no such folder
 */
export const indexFolder = (folder: string, options: FolderOptions = {}): Generator<IndexedFile> => {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true)
    throw new Problem({
      code: "not-found",
      message: found === undefined ? `There is no folder ${folder}.` : `${folder} is a file, and a folder is needed.`,
      subject: folder,
      next: "Give the folder that holds dataset_description.json.",
    });
  return indexDataset(folderTree(folder, options.links), options);
};
