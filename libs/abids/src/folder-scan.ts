/**
 * Bytes that the files of one scan may take in an event, which names all of them and has at most 512 KiB: the rest is
 * for what is known of the scan.
 */
const maxBytes = 400 * 1024;

/** The path, the key in the store, a hash of 71 letters, and lengths. */
const bytesOfFile = (path: string): number => 2 * Buffer.byteLength(path) + 100;

/** Why a folder that counts as one file cannot be kept. */
export const tooManyFiles = "is a folder of more files than one scan can have; keep it as one file";

/** Counts the files of a folder that counts as one file (`….ds`, `….ome.zarr`), to notice one that no event can name. */
export type FolderScan = { readonly add: (path: string) => void; readonly isTooLarge: () => boolean };

/** Begins to count. Paths are relative to the dataset. */
export const folderScan = (): FolderScan => {
  let bytes = 0;
  return {
    add: (path) => {
      bytes += bytesOfFile(path);
    },
    isTooLarge: () => bytes > maxBytes,
  };
};
