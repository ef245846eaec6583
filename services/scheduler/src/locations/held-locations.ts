import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import type { locations } from "../schema.ts";
import { hashObject } from "./hash-object.ts";

/** Where a content was last seen. */
export type Location = typeof locations.$inferSelect;

/** What a look at a location found. */
export type Look = {
  readonly object: string;
  readonly held: boolean;
  /** Set where the time of change is another one than before, and the content is right all the same. */
  readonly modified: number | null;
};

/** Objects that are read again at once. */
const concurrency = 32;

/**
 * Looks whether objects still hold their content. Size and time of change tell it of most; only an object that was touched is
 * read again.
 */
export const lookAt = async (objects: ObjectStore, places: readonly Location[]): Promise<ReadonlyMap<string, Look>> => {
  const heads = await objects.heads(places.map(({ object }) => object));
  const limit = pLimit(concurrency);
  const looks = await Promise.all(
    places.map(({ object, size, sha256, modified }): Look | Promise<Look> => {
      const head = heads.get(object);
      if (head === undefined || head.size !== size) return { object, held: false, modified: null };
      const seen = head.modified.getTime();
      if (seen === modified) return { object, held: true, modified: null };
      return limit(async () => {
        const held = (await hashObject(objects, object)) === sha256;
        return { object, held, modified: held ? seen : null };
      });
    }),
  );
  return new Map(looks.map((one) => [one.object, one]));
};
