import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type DatasetFinding, finding, hasImageHeader, imageHeadBytes, readImageHeader } from "@rollerblade/abids";

/** What is wrong with the header of an image in a folder; of what is no image or cannot be opened, nothing. */
export const inspectImage =
  (folder: string) =>
  (path: string): readonly DatasetFinding[] => {
    if (!hasImageHeader(path)) return [];
    const first = firstBytes(join(folder, path));
    if (first === null) return [];
    return readImageHeader(path, first.bytes, first.size).findings.map(({ message }) =>
      finding("bad-image", path, message),
    );
  };

/** Headers are read one after the other into the same bytes. */
const bytes = Buffer.allocUnsafe(imageHeadBytes);

const firstBytes = (path: string): { readonly bytes: Uint8Array; readonly size: number } | null => {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    return { bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)), size };
  } catch {
    // That it cannot be read is said by who walks through the folder.
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
};
