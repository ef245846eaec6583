import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Problem } from "@rollerblade/errors";

/** A file on this machine. */
export type LocalFile = { readonly path: string; readonly location: string /** Bytes. */; readonly size: number };

/** Files up to this many bytes are read at once. */
const small = 2 ** 20;

/**
 * `sha256:` and 64 hex digits of a file's bytes. @throws Problem `conflict` when it has another size than it was listed
 * with
 */
export const hashFile = async ({ path, location, size }: LocalFile, signal?: AbortSignal): Promise<string> => {
  const hash = createHash("sha256");
  let read = 0;
  for await (const chunk of size <= small
    ? [await readFile(location)]
    : createReadStream(location, { signal, highWaterMark: small })) {
    hash.update(chunk);
    read += chunk.length;
  }
  if (read !== size) throw changed(path);
  return `sha256:${hash.digest("hex")}`;
};

/** The finding for a file that is written to during an import. */
export const changed = (path: string): Problem =>
  new Problem({
    code: "conflict",
    message: `${path} changed while it was read.`,
    subject: path,
    next: "Import again when nobody writes to it; what was sent is not sent again.",
  });
