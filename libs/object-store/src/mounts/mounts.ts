import { buffer } from "node:stream/consumers";
import { isDerivativePath, mountKey, parseDatasetKey } from "@rollerblade/abids/bucket-layout";
import { Problem } from "@rollerblade/errors";
import type { Location } from "../location/location.ts";
import { openLocation } from "../location/open-location.ts";
import type { ObjectStore } from "../object-store.ts";

/** Milliseconds after which it is looked at again. */
const lifetime = 5_000;

/** Says that the files of a dataset lie at an address. Every process knows it after a moment. */
export const writeMount = async (store: Pick<ObjectStore, "put">, dataset: string, address: string): Promise<void> => {
  await store.put(mountKey(dataset), Buffer.from(`${JSON.stringify({ location: address })}\n`));
};

/** Takes that back. */
export const removeMount = (store: Pick<ObjectStore, "delete">, dataset: string): Promise<void> =>
  store.delete([mountKey(dataset)]);

/** Tells of a key where else its object lies, or null. */
export type FindMount = (key: string, fresh?: boolean) => Promise<Placed | null>;

/** A file at a location. */
export type Placed = { readonly location: Location; readonly path: string };

type Known = { readonly at: number; readonly location: Promise<Location | null> };

/** Remembers for a moment which datasets lie elsewhere. Derivatives are always ours. */
export const createFindMount = (store: Pick<ObjectStore, "get">): FindMount => {
  const known = new Map<string, Known>();
  const locationOf = (dataset: string, oldest: number): Promise<Location | null> => {
    const before = known.get(dataset);
    if (before !== undefined && before.at >= oldest) return before.location;
    const location = readMount(store, dataset);
    known.set(dataset, { at: Date.now(), location });
    // An error is not remembered.
    location.catch(() => known.delete(dataset));
    return location;
  };
  return async (key, fresh = false) => {
    const file = parseDatasetKey(key);
    if (file === null || isDerivativePath(file.path)) return null;
    const location = await locationOf(file.dataset, Date.now() - (fresh ? 200 : lifetime));
    return location === null ? null : { location, path: file.path };
  };
};

const readMount = async (store: Pick<ObjectStore, "get">, dataset: string): Promise<Location | null> => {
  try {
    const text = (await buffer(await store.get(mountKey(dataset)))).toString("utf8");
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("location" in parsed) || typeof parsed.location !== "string")
      return null;
    return await openLocation(parsed.location);
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
};
