import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import type { LocationRow } from "../tables.gen.ts";

/** What checking a location found. */
export type LocationCheck = {
  readonly object: string;
  /** The content that was looked for: meanwhile the object may have been given another one, of which the check says nothing. */
  readonly sha256: string;
  /** Whether the object still holds the content. */
  readonly held: boolean;
  /** In milliseconds; set where the time of change differs from the recorded one while the content is the same. */
  readonly modified: number | null;
};

/** Objects that are read at once to hash them: enough to hide the latency of a store, few enough for its connections. */
const concurrentReads = 32;

/**
 * Checks whether objects still hold their content. For most of them size and time of change answer that; only an object that was
 * touched since is read again and hashed.
 * @returns a check for each location, by the key of its object
 */
export const checkLocations = async (
  objects: Pick<ObjectStore, "heads" | "get">,
  locations: readonly LocationRow[],
): Promise<ReadonlyMap<string, LocationCheck>> => {
  const heads = await objects.heads(locations.map(({ object }) => object));
  const limit = pLimit(concurrentReads);
  const checks = await Promise.all(
    locations.map(({ object, size, sha256, modified }): LocationCheck | Promise<LocationCheck> => {
      const head = heads.get(object);
      if (head === undefined || head.size !== size) return { object, sha256, held: false, modified: null };
      const changed = head.modified.getTime();
      if (changed === modified) return { object, sha256, held: true, modified: null };
      return limit(async () => {
        const held = (await hashObject(objects, object)) === sha256;
        return { object, sha256, held, modified: held ? changed : null };
      });
    }),
  );
  return new Map(checks.map((check) => [check.object, check]));
};

/** Reads an object and returns its content hash, `sha256:<hex>`; null when there is no such object. */
export const hashObject = async (objects: Pick<ObjectStore, "get">, key: string): Promise<string | null> => {
  const hash = createHash("sha256");
  try {
    for await (const chunk of await objects.get(key)) hash.update(chunk);
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
  return `sha256:${hash.digest("hex")}`;
};
