import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { FileFact } from "@rollerblade/abids/facts";
import type { Inspected, ObjectStore } from "@rollerblade/object-store";

/** What the bucket holds under a name: the very bytes that were announced, or not, and then why. */
export type Verified =
  | { readonly state: "as-announced"; readonly head: Uint8Array }
  | { readonly state: "missing" | "different"; readonly why: string };

/** A file as it was announced. */
type Announced = Pick<FileFact, "path" | "size" | "sha256">;

/**
 * Reads an object to its last byte and compares it with what was announced; `keep` of its first bytes are wanted. What a service has
 * `hashed` itself, and announced under its own user, is believed: no more than the wanted bytes are read, and they are compared where
 * they are all that there is.
 */
export type Verify = (
  dataset: string,
  file: Announced,
  keep: number,
  options: { readonly hashed: boolean },
) => Promise<Verified>;

/** Bytes that are asked for at once. */
const bytesAtOnce = 64 * 2 ** 20;

type Waiting = {
  readonly request: { readonly key: string; readonly size: number; readonly keep: number };
  readonly resolve: (found: Inspected | null) => void;
  readonly reject: (error: unknown) => void;
};

/** Verifies objects, all that are asked for in one turn together. @throws Problem when the store does not answer */
export const createVerify = (objects: Pick<ObjectStore, "inspect">): Verify => {
  let queue: Waiting[] = [];
  const flush = async (): Promise<void> => {
    const waiting = queue;
    queue = [];
    for (const part of inParts(waiting)) {
      try {
        const found = await objects.inspect(part.map(({ request }) => request));
        for (const [index, { resolve }] of part.entries()) resolve(found[index] ?? null);
      } catch (error) {
        for (const { reject } of part) reject(error);
      }
    }
  };
  return async (dataset, file, keep, { hashed }) => {
    const part = hashed && keep < file.size;
    if (part && keep === 0) return { state: "as-announced", head: new Uint8Array() };
    const { promise, resolve, reject } = Promise.withResolvers<Inspected | null>();
    if (queue.length === 0) setImmediate(() => void flush());
    queue.push({
      request: { key: datasetKey(dataset, file.path), size: part ? keep : file.size, keep },
      resolve,
      reject,
    });
    const there = await promise;
    return part && there !== null ? { state: "as-announced", head: there.head } : compare(file, there);
  };
};

const inParts = (waiting: readonly Waiting[]): Waiting[][] => {
  const parts: Waiting[][] = [];
  let room = 0;
  for (const one of waiting) {
    if (room <= 0) {
      parts.push([]);
      room = bytesAtOnce;
    }
    parts.at(-1)?.push(one);
    room -= one.request.keep + 1_000;
  }
  return parts;
};

const compare = ({ path, size, sha256 }: Announced, there: Inspected | null): Verified => {
  if (there === null) return { state: "missing", why: `${path} is not in the bucket` };
  if (there.size !== size)
    return {
      state: "different",
      why: `${path} has ${there.size > size ? "more" : "fewer"} bytes than the ${size} announced`,
    };
  if (there.sha256 !== sha256)
    return { state: "different", why: `${path} has the hash ${there.sha256}, not ${sha256} as announced` };
  return { state: "as-announced", head: there.head };
};
