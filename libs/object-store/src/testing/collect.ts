import type { ListedObject, ObjectStore } from "../object-store.ts";

/** All entries of a list at once. */
export const listed = async (store: ObjectStore, prefix: string): Promise<ListedObject[]> => {
  const entries: ListedObject[] = [];
  for await (const entry of store.list(prefix)) entries.push(entry);
  return entries;
};

/** The keys of a list. */
export const listedKeys = async (store: ObjectStore, prefix: string): Promise<string[]> =>
  (await listed(store, prefix)).map(({ key }) => key);
