import { classify, folderOf } from "@rollerblade/abids";

/**
 * Returns the folder whose files decide which scan a file belongs to; empty at the root. It is the file's own folder,
 * except for formats that are folders themselves (`sub-01_meg.ds/`), whose parts belong to the folder above.
 */
export const scanFolderOf = (path: string): string => {
  const folder = folderOf(path);
  // Only below the folder of a datatype, which has no hyphen, a folder can count as one file.
  if (!/(?:^|\/)\w+\//.test(folder)) return folder;
  return folderOf(classify(path, { type: "derivative" }).path);
};
