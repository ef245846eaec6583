/** A file of a folder that somebody has chosen: its path in that folder, and its bytes, which lie on their disk until they are read. */
export type FolderFile = { readonly path: string; readonly file: File };

/** A folder with all that lies in it. */
export type ChosenFolder = { readonly name: string; readonly files: readonly FolderFile[] };
