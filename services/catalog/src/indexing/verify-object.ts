import { createHash } from "node:crypto";
import type { FileFact } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";

/** What the bucket holds under a name: the very bytes that were announced, or not, and then why. */
export type Verified =
  | { readonly state: "as-announced"; readonly bytes: Uint8Array | null }
  | { readonly state: "missing" | "different"; readonly why: string };

/** Bytes of one file that are kept in memory; a table or sidecar beyond it is stored, but not read. */
const mostKept = 64 * 2 ** 20;

/** The key of a raw file. */
export const keyOf = (dataset: string, path: string): string => `datasets/${dataset}/${path}`;

type Found = { readonly size: number; readonly sha256: string; readonly bytes: Uint8Array | null };

/** Reads an object to its end, unless it is longer than it may be. */
const read = async (
  objects: Pick<ObjectStore, "get">,
  key: string,
  announced: number,
  keeps: boolean,
): Promise<Found> => {
  const digest = createHash("sha256");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await objects.get(key)) {
    digest.update(chunk);
    size += chunk.byteLength;
    if (keeps) chunks.push(chunk);
    if (size > announced) break;
  }
  return { size, sha256: `sha256:${digest.digest("hex")}`, bytes: keeps ? Buffer.concat(chunks) : null };
};

const found = async (
  objects: Pick<ObjectStore, "get">,
  key: string,
  announced: number,
  keeps: boolean,
): Promise<Found | null> => {
  try {
    return await read(objects, key, announced, keeps);
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
};

/** Reads an object to its last byte and compares it with what was announced. @throws Problem when the store does not answer */
export const verifyObject = async (
  objects: Pick<ObjectStore, "get">,
  dataset: string,
  { path, size, sha256 }: Pick<FileFact, "path" | "size" | "sha256">,
  keepBytes: boolean,
): Promise<Verified> => {
  const there = await found(objects, keyOf(dataset, path), size, keepBytes && size <= mostKept);
  if (there === null) return { state: "missing", why: `${path} is not in the bucket` };
  if (there.size !== size)
    return {
      state: "different",
      why: `${path} has ${there.size > size ? "more" : "fewer"} bytes than the ${size} announced`,
    };
  if (there.sha256 !== sha256)
    return { state: "different", why: `${path} has the hash ${there.sha256}, not ${sha256} as announced` };
  return { state: "as-announced", bytes: there.bytes };
};
