import { createHash } from "node:crypto";
import type { FileFact } from "@rollerblade/analysis";
import type { ObjectStore } from "@rollerblade/object-store";

/** What the bucket holds under a name: the very bytes that were announced, or not, and then why. */
export type Verified =
  | { readonly state: "as-announced"; readonly bytes: Uint8Array | null }
  | { readonly state: "missing" | "different"; readonly why: string };

/** Reads an object to its last byte, once for the same object, and compares it with what was announced. */
export type Verify = (
  dataset: string,
  file: Pick<FileFact, "path" | "size" | "sha256">,
  keepBytes: boolean,
) => Promise<Verified>;

/** Bytes of one file that are kept in memory; a table or sidecar beyond it is stored, but not read. */
const mostKept = 64 * 2 ** 20;
const mostRemembered = 20_000;

/** The key of a raw file. */
export const keyOf = (dataset: string, path: string): string => `datasets/${dataset}/${path}`;

/** Makes a `Verify` that remembers what it has read: an event may be prepared more than once. */
export const createVerify = (objects: Pick<ObjectStore, "head" | "get">): Verify => {
  const read = new Map<string, string>();
  return async (dataset, file, keepBytes) => {
    const key = keyOf(dataset, file.path);
    const head = await objects.head(key);
    if (head === null) return { state: "missing", why: `${file.path} is not in the bucket` };
    if (head.size !== file.size)
      return { state: "different", why: `${file.path} has ${head.size} bytes, not ${file.size} as announced` };
    const version = `${key} ${head.size} ${head.modified.getTime()}`;
    const keeps = keepBytes && head.size <= mostKept;
    if (!keeps && read.get(version) === file.sha256) return { state: "as-announced", bytes: null };
    const { sha256, bytes } = await hash(objects, key, keeps);
    if (read.size > mostRemembered) read.clear();
    read.set(version, sha256);
    if (sha256 === file.sha256) return { state: "as-announced", bytes };
    return { state: "different", why: `${file.path} has the hash ${sha256}, not ${file.sha256} as announced` };
  };
};

const hash = async (
  objects: Pick<ObjectStore, "get">,
  key: string,
  keeps: boolean,
): Promise<{ sha256: string; bytes: Uint8Array | null }> => {
  const digest = createHash("sha256");
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) {
    digest.update(chunk);
    if (keeps) chunks.push(chunk);
  }
  return { sha256: `sha256:${digest.digest("hex")}`, bytes: keeps ? Buffer.concat(chunks) : null };
};
