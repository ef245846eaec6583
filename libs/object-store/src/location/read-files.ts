import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import { lastBytes } from "../last-bytes.ts";
import { fileVersion } from "./file-version.ts";
import type { FollowedLinks } from "./list-folder.ts";
import type { Inspected, Inspection, NotInspected } from "./location.ts";

/** Which links are followed (see `FollowedLinks`), or that the path itself must be the real one (`never`). */
export type Links = FollowedLinks | "never";

const chunk = 2 ** 20;
const buffer = Buffer.allocUnsafeSlow(chunk);

/** Reads files below a real path to their end, one after the other. Runs in a worker. */
export const readFiles = (
  root: string,
  links: Links,
  requests: readonly Inspection[],
): (Inspected | NotInspected)[] => {
  const folders = new Map<string, string>();
  return requests.map((request) => {
    try {
      return readFile(openFile(root, links, locationOf(root, links, request.path, folders)), request);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      const missing = ["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(code);
      return { fault: missing ? "is not there" : `cannot be read: ${code || String(error)}`, missing };
    }
  });
};

/** A link on the way could lead anywhere, so that folders are looked up (once) and a file that is a link is followed on purpose only. */
const locationOf = (root: string, links: Links, path: string, folders: Map<string, string>): string => {
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? root : `${root}/${path.slice(0, slash)}`;
  const real = folders.get(folder) ?? realpathSync.native(folder);
  folders.set(folder, real);
  const isInside = real === root || real.startsWith(root + sep);
  const isFitting = links === "anywhere" || (links === "never" ? real === folder : isInside);
  if (!isFitting) throw new Error("it is reached by a link");
  return `${real}/${path.slice(slash + 1)}`;
};

const openFile = (root: string, links: Links, location: string): number => {
  try {
    return openSync(location, flags);
  } catch (error) {
    if (links === "never" || !(error instanceof Error && "code" in error && error.code === "ELOOP")) throw error;
    const real = realpathSync.native(location);
    if (links === "inside" && !real.startsWith(root + sep)) throw new Error("it leads out of its folder");
    return openSync(real, flags);
  }
};

// A pipe must not block us.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const readFile = (file: number, { size, keep }: Inspection): Inspected | NotInspected => {
  try {
    const before = fstatSync(file);
    if (!before.isFile()) return { fault: "is not a file", missing: true };
    const hash = createHash("sha256");
    const head = Buffer.alloc(Math.min(keep, before.size));
    let read = 0;
    let tail: Uint8Array = new Uint8Array();
    while (read <= size) {
      const count = readSync(file, buffer, 0, chunk, null);
      if (count === 0) break;
      if (read < head.length) buffer.copy(head, read, 0, Math.min(count, head.length - read));
      hash.update(count === chunk ? buffer : buffer.subarray(0, count));
      read += count;
      tail = lastBytes(tail, buffer.subarray(0, count));
    }
    const after = fstatSync(file);
    const isSame = after.mtimeMs === before.mtimeMs && after.size === before.size && after.size === read;
    return {
      size: read,
      sha256: `sha256:${hash.digest("hex")}`,
      head,
      tail,
      version: isSame ? fileVersion(after) : null,
    };
  } finally {
    closeSync(file);
  }
};
