import type { ChosenFolder, FolderFile } from "./folder-file.ts";

/** The folder of an input of files with `webkitdirectory`, whose files say where they lie (File API, `webkitRelativePath`). */
export const folderOfInput = (files: Iterable<File>): ChosenFolder => {
  const all = [...files];
  return {
    name: all[0]?.webkitRelativePath.split("/")[0] ?? "",
    files: all.map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file })),
  };
};

/**
 * The folder that was dropped, read to its last file. Several things dropped at once are what lies in a folder without a name.
 * The entries are taken before anything is awaited: after that a browser forgets what was dropped.
 */
export const folderOfDrop = async ({ items }: Pick<DataTransfer, "items">): Promise<ChosenFolder> => {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && isFolder(only))
    return { name: only.name, files: await filesBelow(await entriesOf(only), "") };
  return { name: "", files: await filesBelow(entries, "") };
};

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** What lies in a folder; a browser answers with a hundred entries at a time, and with none after the last. */
const entriesOf = async (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((found, failed) => reader.readEntries(found, failed));
    if (more.length === 0) return all;
    all.push(...more);
  }
};

const filesBelow = async (entries: readonly FileSystemEntry[], above: string): Promise<FolderFile[]> => {
  const files: FolderFile[] = [];
  for (const entry of entries) {
    const path = `${above}${entry.name}`;
    if (isFolder(entry)) files.push(...(await filesBelow(await entriesOf(entry), `${path}/`)));
    else if (isFile(entry))
      files.push({ path, file: await new Promise<File>((found, failed) => entry.file(found, failed)) });
  }
  return files;
};
